/** What the process prints: a line of JSON each, for whoever collects them, as the edge prints its own. */

type Level = 'info' | 'warn' | 'error'

export type Line = { part: string; message: string } & Record<string, unknown>

export const print = (level: Level, { part, message, ...rest }: Line): void =>
  (level === 'info' ? console.log : console.error)(JSON.stringify({ level, part, message, ...rest }))

export const say = (message: string): void => print('info', { part: 'processor', message })

export const warn = (message: string): void => print('warn', { part: 'processor', message })

/** Of a fault that does not end it: a batch that will come again, an answer that could not be given. */
export const complain = ({ error, ...where }: { error: unknown } & Record<string, unknown>): void =>
  print('error', { part: 'processor', message: error instanceof Error ? error.message : String(error), ...where })
