export interface Finding {
  what: string
  state: 'ok' | 'warning' | 'wrong'
  message: string
  remedy?: string
}
export const ok: (what: string, message: string) => Finding
export const warning: (what: string, message: string, remedy: string) => Finding
export const wrong: (what: string, message: string, remedy: string) => Finding
export const linesOf: (findings: readonly Finding[], to: { isTerminal: boolean; hasColor: boolean }) => string[]
