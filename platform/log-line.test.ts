import { expect, test, vi } from 'vitest'
import { createLogger, limitLines, type LogLine, printLine } from './log-line.ts'

const NOW = Date.parse('2030-01-01T00:00:00Z')

test('a line has time, service, level, message and its fields', () => {
  const lines: LogLine[] = []
  createLogger(
    'demo',
    (line) => lines.push(line),
    () => NOW,
  ).warn('slow', { ms: 5, error: new Error('late') })
  const line = { timestamp: '2030-01-01T00:00:00.000Z', service: 'demo', level: 'warn', message: 'slow' }
  expect(lines).toEqual([{ ...line, ms: 5, error: 'late' }])
})

test('a logger prints information to standard output, and every other level to standard error', () => {
  const out = vi.spyOn(console, 'log').mockReturnValue()
  const err = vi.spyOn(console, 'error').mockReturnValue()
  const line = { timestamp: '', service: 'demo', message: 'm' } as const
  printLine({ ...line, level: 'info' })
  printLine({ ...line, level: 'error' })
  expect([out.mock.calls, err.mock.calls].map((calls) => calls.length)).toEqual([1, 1])
  expect(JSON.parse(String(err.mock.calls[0]![0]))).toEqual({ ...line, level: 'error' })
  vi.restoreAllMocks()
})

test('a logger limits the lines of a second, and reports the number of omitted lines', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
  const lines: LogLine[] = []
  const logger = limitLines(
    createLogger('demo', (line) => lines.push(line)),
    2,
  )
  for (let i = 0; i < 5; i++) logger.info(`${i}`)
  clock.mockReturnValue(1_000)
  logger.error('next')
  expect(
    lines.map(({ message, lines }) => (lines === undefined ? message : `${message} ${JSON.stringify(lines)}`)),
  ).toEqual(['0', '1', 'lines were omitted 3', 'next'])
  vi.restoreAllMocks()
})
