export interface Finding {
  what: string
  state: 'ok' | 'warning' | 'wrong'
  says: string
  remedy?: string
}
export const ok: (what: string, says: string) => Finding
export const warning: (what: string, says: string, remedy: string) => Finding
export const wrong: (what: string, says: string, remedy: string) => Finding
export const linesOf: (findings: readonly Finding[], to: { isTerminal: boolean; hasColor: boolean }) => string[]
