/** What whoever runs the proxy reads. There is no credential in it, and nothing of any message. */
export interface LogLine {
  timestamp: string
  service: 'proxy'
  level: 'info' | 'warn' | 'error'
  message: string
  [more: string]: string | number | undefined
}

export type Tell = (
  level: LogLine['level'],
  message: string,
  more?: Record<string, string | number | undefined>,
) => void

export const tellAsLine: Tell = (level, message, more = {}) => {
  const line: LogLine = { timestamp: new Date().toISOString(), service: 'proxy', level, message, ...more }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** A flood of requests is not to become a flood of lines: so many a second, then one that says how many were left out. */
export function sparing(tell: Tell, linesPerSecond: number): Tell {
  let second = 0
  let told = 0
  return (level, message, more) => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      if (told > linesPerSecond) tell('warn', 'lines were left out', { lines: told - linesPerSecond })
      second = now
      told = 0
    }
    if (++told <= linesPerSecond) tell(level, message, more)
  }
}
