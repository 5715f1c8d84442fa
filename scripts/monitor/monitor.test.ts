import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify, styleText } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageJson } from '#proxy/consumers/message.ts'
import { run, type Scene, startScene } from '../demo/scene.ts'
import { jsonOf, lineOf } from './line.ts'
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

describe('a message', () => {
  test('is its timestamp, key and value, the value as it lies in the log', () => {
    expect(lineOf(message, plain)).toBe(`2030-12-01T10:00:00.000Z  b-1  ${message.value}`)
  })

  test('has other colours for names, texts and numbers', () => {
    const line = lineOf(message, colored)
    expect(line).toContain(colored('dim', '"seats":'))
    expect(line).toContain(colored('green', '"booking.created"'))
    expect(line).toContain(colored('yellow', '2'))
    expect(line).toContain(colored('green', '"a \\"b\\": 1"'))
  })

  test('cannot move the cursor, whatever it holds', () => {
    const line = lineOf({ ...message, key: '\u001B[2J', value: 'a\nb\u009B\u202E' }, plain)
    expect(line).toBe('2030-12-01T10:00:00.000Z  \\u001b[2J  a\\u000ab\\u009b\\u202e')
  })

  test('is one line of JSON for programs, with its value parsed if it is JSON', () => {
    expect(JSON.parse(jsonOf(message))).toMatchObject({
      timestamp: '2030-12-01T10:00:00.000Z',
      key: 'b-1',
      value: { eventType: 'booking.created', seats: 2 },
      partition: 2,
      offset: 7,
    })
    expect(JSON.parse(jsonOf({ ...message, value: '{"half' }))).toMatchObject({ value: '{"half' })
  })
})

describe('npm run monitor', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await startScene()
  })
  afterAll(() => scene.close())

  test('shows what there is and then what comes, and ends quietly', async () => {
    const topic = 'bookings.dlq'
    await produce({ topic, key: 'before', value: 'x' })
    const monitor = run('monitor.ts', ['--topic', topic, '--from-beginning'], scene.env)
    await expect.poll(monitor.out, { timeout: 15_000 }).toContain('"key":"before","value":"x"')
    for (const key of ['a', 'b', 'c', 'd']) {
      await produce({ topic, key, value: '{"n":1}' })
      await expect.poll(monitor.out, { timeout: 15_000 }).toContain(`"key":"${key}","value":{"n":1}`)
    }
    monitor.child.kill('SIGINT')
    expect(await monitor.ended).toBe(0)
    expect(monitor.err()).toBe('')
  })

  test('ends when nobody reads it any more, although nothing comes', async () => {
    const topic = 'booking-requests.dlq'
    await produce({ topic, key: 'only', value: 'x' })
    const { stdout, stderr } = await piped(`--topic ${topic} --from-beginning`, 'head -1')
    expect(JSON.parse(stdout)).toMatchObject({ topic, key: 'only' })
    expect(stderr).toBe('')
  })

  test('gives lines of JSON through a pipe also after a while of nothing', async () => {
    const topic = 'bookings.dlq'
    // Longer than it takes to look whether somebody still reads.
    const later = setInterval(() => void produce({ topic, key: 'late', value: 'y' }), 2_500)
    const { stdout } = await piped(`--topic ${topic}`, 'head -1')
    clearInterval(later)
    expect(JSON.parse(stdout)).toMatchObject({ key: 'late', value: 'y' })
  })

  const piped = (args: string, reader: string) => {
    const program = `'${process.execPath}' '${join(import.meta.dirname, '../monitor.ts')}'`
    const pipe = `set -o pipefail; ${program} ${args} | ${reader}`
    return promisify(execFile)('bash', ['-c', pipe], { env: { ...process.env, ...scene.env } })
  }

  test.each<[string, string[], Record<string, string>, number, string]>([
    ['for a topic that there is not', ['--topic', 'x'], {}, 1, 'There is no topic x. There are: booking-requests, '],
    ['where nothing runs', ['--topic', 'x'], { PROXY_PORT: '9' }, 1, 'Nothing answers at http://localhost:9: run npm'],
    ['with a wrong password', ['--topic', 'x'], { UPSTASH_KAFKA_REST_PASSWORD: 'x' }, 1, 'knows other credentials'],
  ])('%s says so in one sentence', async (_, args, env, code, sentence) => {
    const { err, ended } = run('monitor.ts', args, { ...scene.env, ...env })
    expect(await ended).toBe(code)
    expect(err()).toContain(sentence)
    expect(err().trim().split('\n')).toHaveLength(1)
  })

  test('says what it waits for, and ends when that does not answer', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const { err, ended } = run('monitor.ts', ['--topic', 'x'], { ...scene.env, UPSTASH_KAFKA_REST_URL: url })
    const waits = `Waits for an answer about x of the proxy at ${url}. Ctrl-C ends it.\n`
    await expect.poll(err, { timeout: 8_000 }).toBe(waits)
    expect(await ended).toBe(1)
    expect(err()).toBe(`${waits}What is at ${url} has not answered within 7 s.\n`)
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  const produce = (body: unknown): Promise<Response> => {
    const headers = { Authorization: `Basic ${btoa('reservoir:reservoir-dev')}` }
    const url = `http://localhost:${scene.env.PROXY_PORT}/produce`
    return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  }
})
