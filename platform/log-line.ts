/** What our processes print: one JSON line for each thing that happened. Never a credential, nor the content of a message. */

export type Level = 'info' | 'warn' | 'error'

export interface LogLine {
  /** RFC 3339 UTC. */
  timestamp: string
  /** The process: `edge`, `proxy`, `processor`. */
  service: string
  level: Level
  message: string
  [field: string]: unknown
}

type Fields = Readonly<Record<string, unknown>>

/** Writes lines of one service. Undefined fields are left out; an error is written as its message. */
export interface Logger {
  info: (message: string, fields?: Fields) => void
  warn: (message: string, fields?: Fields) => void
  error: (message: string, fields?: Fields) => void
}

/** @param print receives each line; by default the line is printed as JSON */
export function createLogger(service: string, print = printLine, now = Date.now): Logger {
  const write = (level: Level, message: string, fields: Fields = {}): void =>
    print({ timestamp: new Date(now()).toISOString(), service, level, message, ...readable(fields) })
  return {
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  }
}

/** Information goes to standard output, trouble to standard error. */
export const printLine = (line: LogLine): void =>
  (line.level === 'info' ? console.log : console.error)(JSON.stringify(line))

/** Prints warnings and errors only. */
export const printTrouble = (line: LogLine): void => {
  if (line.level !== 'info') printLine(line)
}

/** Writes nothing. */
export const SILENT: Logger = { info: () => {}, warn: () => {}, error: () => {} }

/**
 * A flood of events must not become a flood of lines: writes at most `linesPerSecond`, then one line with the number of
 * omitted lines.
 */
export function limitLines(logger: Logger, linesPerSecond: number): Logger {
  let second = 0
  let lines = 0
  const isWithinLimit = (): boolean => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      if (lines > linesPerSecond) logger.warn('lines were omitted', { lines: lines - linesPerSecond })
      second = now
      lines = 0
    }
    return ++lines <= linesPerSecond
  }
  return {
    info: (...line) => isWithinLimit() && logger.info(...line),
    warn: (...line) => isWithinLimit() && logger.warn(...line),
    error: (...line) => isWithinLimit() && logger.error(...line),
  }
}

/**
 * The last line of a process that ends by an error. The message says what to do; an error in the program itself has its stack.
 */
export function logFatal(logger: Logger, error: unknown): void {
  const isBug = !(error instanceof Error) || BUGS.some((type) => error instanceof type)
  if (isBug) logger.error('the process failed', { error: error instanceof Error ? error.stack : String(error) })
  else logger.error(error.message)
}

const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError]

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const readable = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? messageOf(value) : value]),
  )
