/** A row of the table, whichever. */
export interface Command {
  program: string
  on?: 'any'
  isQuiet?: boolean
  about: string
  options?: Readonly<Record<string, Option>>
  argument?: Argument
  environment?: readonly string[]
  examples: readonly string[]
}

export interface Option {
  type: 'flag' | 'text' | 'number' | 'choice'
  short?: string
  takes?: string
  choices?: readonly string[]
  least?: number
  most?: number
  default?: string | number
  required?: boolean
  many?: boolean
  about: string
}

export interface Argument {
  takes: string
  choices?: readonly string[]
  required?: boolean
  many?: boolean
  about: string
}

export const typed: (name: string, how?: { isQuiet?: boolean }) => string
export const usageOf: (name: string, command: Command) => string
export const helpOf: (name: string, command: Command) => string
