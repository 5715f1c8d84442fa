import { beforeEach, expect, test, vi } from 'vitest'
import { createLogger, type LogLine } from '../log-line.ts'
import { Outage, reportingOutages } from './outage.ts'

let lines: LogLine[]
let outage: Outage
let isDown: boolean

class Down extends Error {}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  lines = []
  isDown = false
  outage = new Outage(
    'Kafka',
    createLogger('proxy', (line) => void lines.push(line)),
  )
  return () => vi.useRealTimers()
})

const port = () =>
  reportingOutages(
    {
      ask: async () => {
        if (isDown) throw new Down('no broker answers')
      },
      remembered: async () => 3,
      refuse: async () => {
        throw new TypeError('not an outage')
      },
    },
    outage,
    (error) => error instanceof Down,
    ['remembered'],
  )

const messages = () => lines.map(({ level, message }) => `${level} ${message}`)

test('an outage has one line when it begins and one when it has ended', async () => {
  const { ask } = port()
  await ask()
  isDown = true
  for (let n = 0; n < 3; n++) await expect(ask()).rejects.toThrow('no broker answers')
  expect(lines).toMatchObject([{ level: 'warn', message: 'waits for Kafka', error: 'no broker answers' }])

  vi.advanceTimersByTime(10_000)
  isDown = false
  await ask()
  await ask()
  vi.advanceTimersByTime(60_000)
  expect(lines.slice(1)).toMatchObject([{ level: 'info', message: 'Kafka answers again', seconds: 12 }])

  isDown = true
  await expect(ask()).rejects.toThrow('no broker answers')
  expect(messages()).toEqual(['warn waits for Kafka', 'info Kafka answers again', 'warn waits for Kafka'])
})

test('an outage goes on while some calls fail, and while calls succeed from memory', async () => {
  const { ask, remembered } = port()
  for (let n = 0; n < 10; n++) {
    isDown = true
    await expect(ask()).rejects.toThrow('no broker answers')
    isDown = false
    await ask()
    vi.advanceTimersByTime(1_000)
  }
  isDown = true
  await expect(ask()).rejects.toThrow('no broker answers')
  expect(await remembered()).toBe(3)
  vi.advanceTimersByTime(60_000)
  expect(messages()).toEqual(['warn waits for Kafka'])
})

test('another error is no outage', async () => {
  await expect(port().refuse()).rejects.toThrow('not an outage')
  expect(lines).toEqual([])
})
