import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify, styleText } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageJson } from '#proxy/consumers/message.ts'
import { openTestProxy } from '#proxy/testing/test-proxy.ts'
import { serveProxy } from '#proxy/upkeep/serve.ts'
import { run, type Target, startTarget } from '../testing/target.ts'
import { filterOf } from './filter.ts'
import { jsonOf, linesOf } from './line.ts'
import { beginningIn } from './start.ts'
import type { Paint } from '../terminal/terminal.ts'

const plain: Paint = (_, text) => text
const colored: Paint = (style, text) => styleText(style, text, { validateStream: false })
const message: MessageJson = {
  topic: 'bookings',
  partition: 2,
  offset: 7,
  timestamp: Date.parse('2030-12-01T10:00:00Z'),
  key: 'b-1',
  value: '{"eventType": "booking.created", "seats": 2, "note": "a \\"b\\": 1"}',
  headers: [],
}

const wide = { width: Infinity, withHeaders: false }

describe('a message on a terminal', () => {
  test('is one line with time, position, key, type and the unchanged value', () => {
    expect(linesOf(message, plain, wide)).toEqual([`10:00:00.000  2/7  b-1  booking.created  ${message.value}`])
  })

  test('is cut to the width of the terminal, and so is a long key', () => {
    const key = '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b'
    const [line, ...more] = linesOf({ ...message, key }, plain, { ...wide, width: 80 })
    expect(line).toMatch(/^10:00:00\.000 {2}2\/7 {2}0193a1b2-7c3… {2}booking\.created {2}\{"eventType": .*…$/)
    expect(line).toHaveLength(80)
    expect(more).toEqual([])
  })

  test('has its headers below, on request', () => {
    const headers = [
      { key: 'ce_type', value: 'booking.rejected' },
      { key: 'absent', value: null },
    ]
    expect(linesOf({ ...message, headers }, plain, { ...wide, withHeaders: true })).toEqual([
      `10:00:00.000  2/7  b-1  booking.rejected  ${message.value}`,
      '    ce_type: booking.rejected',
      '    absent: null',
    ])
  })

  test('shows the reason of a dead letter', () => {
    const headers = [{ key: 'x-error-reason', value: 'the body is not JSON' }]
    const [line] = linesOf({ ...message, topic: 'bookings.dlq', headers }, plain, wide)
    expect(line).toBe('10:00:00.000  2/7  b-1  booking.created  the body is not JSON')
  })

  test('has different colors for names, texts and numbers', () => {
    const [line] = linesOf(message, colored, wide)
    expect(line).toContain(colored('dim', '"seats":'))
    expect(line).toContain(colored('green', '"booking.created"'))
    expect(line).toContain(colored('yellow', '2'))
    expect(line).toContain(colored('green', '"a \\"b\\": 1"'))
  })

  test('cannot move the cursor', () => {
    const [line] = linesOf({ ...message, key: '\u001B[2J', value: 'a\nb\u009B\u202E' }, plain, wide)
    expect(line).toBe('10:00:00.000  2/7  \\u001b[2J  -  a\\u000ab\\u009b\\u202e')
  })
})

describe('a message for programs', () => {
  test('is one line of JSON, with its value parsed if it is JSON', () => {
    expect(JSON.parse(jsonOf(message))).toEqual({
      timestamp: '2030-12-01T10:00:00.000Z',
      key: 'b-1',
      value: { eventType: 'booking.created', seats: 2, note: 'a "b": 1' },
      topic: 'bookings',
      partition: 2,
      offset: 7,
      type: 'booking.created',
    })
    expect(JSON.parse(jsonOf({ ...message, value: '{"half' }))).toMatchObject({ value: '{"half', type: null })
  })

  test.each(['{"id":9007199254740993}', '{"a":1.0,"a":1e400}', '-0', '"\\u0041"', '{ "a": [1, 2] }'])(
    'has the value of JSON as it stands in the log: %s',
    (value) => {
      expect(jsonOf({ ...message, value })).toContain(`"value":${value},"topic"`)
    },
  )

  test('is one line also if its value is JSON of several lines', () => {
    const line = jsonOf({ ...message, value: '{\r\n  "a": 12345678901234567890,\n  "b": "x\\ny"\n}\n' })
    expect(line).toContain('"value":{  "a": 12345678901234567890,  "b": "x\\ny"},"topic"')
  })

  test('has its headers on request, and the reason of a dead letter', () => {
    const letter = { ...message, topic: 'x.dlq', headers: [{ key: 'x-error-reason', value: 'no' }] }
    expect(JSON.parse(jsonOf(letter))).toMatchObject({ reason: 'no' })
    expect(JSON.parse(jsonOf(letter))).not.toHaveProperty('headers')
    expect(JSON.parse(jsonOf(letter, true))).toMatchObject({ headers: { 'x-error-reason': 'no' } })
  })
})

describe('a filter', () => {
  const other = { ...message, key: 'b-2', headers: [{ key: 'ce_type', value: 'booking.rejected' }] }
  const about = { ...message, key: 'listing-1', value: '{"booking_id":"b-3"}' }
  const kept = (filter: Parameters<typeof filterOf>[0]) => [message, other, about].filter(filterOf(filter))

  test('selects messages by key, type and booking; without a filter all are shown', () => {
    expect(kept({ key: 'b-1' })).toEqual([message])
    expect(kept({ type: 'booking.rejected' })).toEqual([other])
    expect(kept({ booking: 'b-3' })).toEqual([about])
    expect(kept({ booking: 'b-2', type: 'booking.created' })).toEqual([])
    expect(kept({})).toHaveLength(3)
    const large = { ...message, value: '{"booking_id":9007199254740993}' }
    expect([large].filter(filterOf({ booking: '9007199254740993' }))).toEqual([large])
    expect([large].filter(filterOf({ booking: '9007199254740992' }))).toEqual([])
  })
})

test.each<[string | undefined, ReturnType<typeof beginningIn>]>([
  [undefined, { at: 'latest' }],
  ['beginning', { at: 'earliest' }],
  ['7', { offset: 7 }],
  ['2030-12-01T10:00Z', { at: Date.parse('2030-12-01T10:00Z') }],
])('--from %s sets the start of the monitor', (from, start) => {
  expect(beginningIn(from)).toEqual(start)
})

describe('npm run monitor', () => {
  let target: Target
  beforeAll(async () => {
    target = await startTarget()
  })
  afterAll(() => target.close())

  test('shows existing and new messages, and ends quietly', async () => {
    const topic = 'bookings.dlq'
    await produce({ topic, key: 'before', value: 'x' })
    const monitor = run('monitor.ts', ['--topic', topic, '--from-beginning'], target.env)
    await expect.poll(monitor.out, { timeout: 15_000 }).toContain('"key":"before","value":"x"')
    for (const key of ['a', 'b', 'c', 'd']) {
      await produce({ topic, key, value: '{"n":1}' })
      await expect.poll(monitor.out, { timeout: 15_000 }).toContain(`"key":"${key}","value":{"n":1}`)
    }
    monitor.child.kill('SIGINT')
    expect(await monitor.ended).toBe(0)
    expect(monitor.err()).toBe('')
  })

  test('ends when its pipe is closed, although no message comes', async () => {
    const topic = 'booking-requests.dlq'
    await produce({ topic, key: 'only', value: 'x' })
    const { stdout, stderr } = await piped(`--topic ${topic} --from-beginning`, 'head -1')
    expect(JSON.parse(stdout)).toMatchObject({ topic, key: 'only' })
    expect(stderr).toBe('')
  })

  test('prints lines of JSON to a pipe after a while without messages', async () => {
    const topic = 'bookings.dlq'
    // Longer than the monitor's interval of probing its pipe.
    const later = setInterval(() => void produce({ topic, key: 'late', value: 'y' }), 2_500)
    const { stdout } = await piped(`--topic ${topic}`, 'head -1')
    clearInterval(later)
    expect(JSON.parse(stdout)).toMatchObject({ key: 'late', value: 'y' })
  })

  test('starts at an offset or a time, filters, and ends after its limit', async () => {
    const topic = 'bookings.dlq'
    const since = new Date().toISOString()
    const offsets: number[] = []
    for (const n of [1, 2, 3, 4]) {
      const answer = await produce({ topic, partition: 0, key: `k-${n % 2}`, value: String(n) })
      const [{ offset }] = (await answer.json()) as [{ offset: number }]
      offsets.push(offset)
    }
    const values = async (...args: string[]) => {
      const { out, ended } = run('monitor.ts', ['--topic', topic, ...args], target.env)
      expect(await ended).toBe(0)
      return out()
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { value: number }).value)
    }
    expect(await values('--from', since, '--limit', '4')).toEqual([1, 2, 3, 4])
    expect(await values('--from', String(offsets[2]), '--key', 'k-0', '--limit', '1')).toEqual([4])
    expect(await values('--from', 'beginning', '--key', 'k-1', '--limit', '2')).toEqual([1, 3])
  })

  const piped = (args: string, reader: string) => {
    const program = `'${process.execPath}' '${join(import.meta.dirname, '../monitor.ts')}'`
    const pipe = `set -o pipefail; ${program} ${args} | ${reader}`
    return promisify(execFile)('bash', ['-c', pipe], { env: { ...process.env, ...target.env } })
  }

  test.each<[string, string[], Record<string, string>, number, string]>([
    [
      'from an unknown start',
      ['--topic', 'x', '--from', 'soon'],
      {},
      2,
      '--from must be beginning, an offset, or a time',
    ],
    ['from a negative offset', ['--topic', 'x', '--from', '-1'], {}, 2, '2030-12-01T10:00Z, not -1.'],
    [
      'from past the end',
      ['--topic', 'booking-requests', '--from', '999999'],
      {},
      2,
      '--from 999999 lies past the end of booking-requests; its partitions end at 0/',
    ],
    ['for an unknown topic', ['--topic', 'x'], {}, 1, 'There is no topic x. There are: booking-requests, '],
    ['where nothing runs', ['--topic', 'x'], { PROXY_PORT: '9' }, 1, 'Nothing answers at http://localhost:9: run npm'],
    ['with a wrong password', ['--topic', 'x'], { UPSTASH_KAFKA_REST_PASSWORD: 'x' }, 1, 'has other credentials'],
  ])('%s prints the reason in one sentence', async (_, args, env, code, sentence) => {
    const { err, ended } = run('monitor.ts', args, { ...target.env, ...env })
    expect(await ended).toBe(code)
    expect(err()).toContain(sentence)
    expect(err().trim().split('\n')).toHaveLength(1)
  })

  test.each(['bookings', 'one', 'nowhere'])('names the missing right of the account to read %s', async (topic) => {
    const ann = { username: 'ann', password: 'ann', produce: ['one'], consume: ['other'] }
    const { app } = await openTestProxy({ users: [ann] })
    const { port, close } = await serveProxy(app, { port: 0 })
    const account = { UPSTASH_KAFKA_REST_USERNAME: 'ann', UPSTASH_KAFKA_REST_PASSWORD: 'ann' }
    const env = { ...target.env, ...account, UPSTASH_KAFKA_REST_URL: `http://localhost:${port}` }
    const { err, ended } = run('monitor.ts', ['--topic', topic], env)
    expect(await ended).toBe(1)
    await close(0)
    expect(err()).toMatch(new RegExp(`^The account ann has no right to read ${topic}: add the topic to .* PROXY_USERS`))
  })

  test('prints which server it waits for, and ends if the server does not respond', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const { err, ended } = run('monitor.ts', ['--topic', 'x'], { ...target.env, UPSTASH_KAFKA_REST_URL: url })
    const waits = `Waits for an answer about x of the proxy at ${url}. Ctrl-C ends it.\n`
    await expect.poll(err, { timeout: 8_000 }).toBe(waits)
    expect(await ended).toBe(1)
    expect(err()).toBe(`${waits}What is at ${url} has not answered within 7 s.\n`)
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  const produce = (body: unknown): Promise<Response> => {
    const headers = { Authorization: `Basic ${btoa('reservoir:reservoir-dev')}` }
    const url = `http://localhost:${target.env.PROXY_PORT}/produce`
    return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  }
})
