export interface Finding {
  what: string
  state: 'ok' | 'warning' | 'wrong'
  says: string
  mend?: string
}
export const ok: (what: string, says: string) => Finding
export const warning: (what: string, says: string, mend: string) => Finding
export const wrong: (what: string, says: string, mend: string) => Finding
export const linesOf: (findings: readonly Finding[], to: { isTerminal: boolean; hasColor: boolean }) => string[]
