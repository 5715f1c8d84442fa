import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readAll, textOf, until } from '#log/conformance/scene.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { Log } from '#log/log.ts'
import { unique } from './kafkajs-traps/trap.ts'
import { killProcesses, type StartedProcess, startProcess } from './started-process.ts'
import { describeReal } from './describe-real.ts'

/** What a pod of the proxy has; the heap gets half of it. */
const MEMORY_MB = 512

/** Tests that need the proxy as a process: thousands of connections, stalled readers, a kill. */
describeReal('The proxy as a process', ({ brokers }) => {
  const headers = {
    authorization: `Basic ${btoa('reservoir:secret')}`,
    'Kafka-Auto-Offset-Reset': 'earliest',
  }
  let log: Log
  let proxy: StartedProcess
  let url: string

  const startProxy = async (): Promise<void> => {
    proxy = startProcess({
      file: process.execPath,
      args: [join(import.meta.dirname, '../../proxy/node.ts')],
      env: {
        UPSTASH_KAFKA_REST_USERNAME: 'reservoir',
        UPSTASH_KAFKA_REST_PASSWORD: 'secret',
        PROXY_PORT: '0',
        KAFKA_BROKERS: brokers,
        NODE_OPTIONS: `--max-old-space-size=${MEMORY_MB / 2}`,
      },
    })
    url = await proxy.url
    await until('the proxy is ready', async () => (await fetch(`${url}/readyz`)).status === 200)
  }
  const newTopic = async (partitions: number): Promise<string> => {
    const topic = unique('held')
    await log.createTopics([{ topic, partitions }])
    return topic
  }
  /** With an agent, because Node's fetch opens and closes connections on its own. */
  const post = (agent: Agent, path: string, body: unknown): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request(url + path, { agent, method: 'POST', headers }, (answer) => resolve(text(answer)))
      sent.on('error', reject).end(JSON.stringify(body))
    })
  const agentFor = (connections: number): Agent => {
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    onTestFinished(() => agent.destroy())
    return agent
  }

  beforeAll(async () => {
    log = openKafkaLog({ brokers: brokers.split(',') })
    await startProxy()
  })
  afterAll(async () => {
    killProcesses()
    await log.close()
  })

  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => resolve(socket))
      socket.on('error', reject)
      onTestFinished(() => void socket.destroy())
    })
  const metric = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (.+)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1])

  test('holds 10 000 idle connections and repeated 1 000 long polls in the memory of a pod', async () => {
    const topic = await newTopic(3)
    for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 100 }, open))
    const polls = agentFor(1_000)
    const memory: number[] = []
    for (let round = 0; round < 8; round++) {
      const poll = { topic, partition: 0, offset: round, timeout: 60_000 }
      const answers = Promise.all(Array.from({ length: 1_000 }, () => post(polls, '/fetch', poll)))
      await until('all long polls wait', async () => (await metric('proxy_waiting')) === 1_000)
      memory.push(memoryMbOf(proxy))
      await post(agentFor(1), '/produce', { topic, partition: 0, value: `round ${round}` })
      for (const answer of await answers) expect(answer).toContain(`"value":"round ${round}"`)
    }
    expect(Math.max(...memory), `megabytes: ${memory.join(', ')}`).toBeLessThan(MEMORY_MB)
  })

  test('a stalled stream does not slow other members of its group, and loses no message', async () => {
    const topic = await newTopic(2)
    const values = Array.from({ length: 2_000 }, (_, i) => `${i} ${'x'.repeat(5_000)}`)
    for (const partition of [0, 1]) {
      for (let i = 0; i < values.length; i += 100) {
        await log.send(values.slice(i, i + 100).map((value) => ({ topic, partition, value })))
      }
    }
    const group = unique('group')
    const slow = await open()
    slow.pause()
    const fields = Object.entries({ host: 'proxy', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    slow.write(`GET /stream/${group}/slow/${topic} HTTP/1.1\r\n${fields.join('')}\r\n`)
    await until('the stream is open', async () => (await metric('proxy_waiting')) === 1)
    const agent = agentFor(1)
    const seen = [new Set<number>(), new Set<number>()]
    await until('the quick reader has all messages of its partition', async () => {
      const answer = await post(agent, `/consume/${group}/quick/${topic}`, { timeout: 100 })
      for (const { partition, offset } of JSON.parse(answer) as { partition: number; offset: number }[]) {
        seen[partition]!.add(offset)
      }
      return seen.some(({ size }) => size === values.length)
    })
    const left = seen.findIndex(({ size }) => size < values.length)
    let received = ''
    slow
      .setEncoding('utf8')
      .on('data', (chunk: string) => (received = (received + chunk).slice(-20_000)))
      .resume()
    await until('the slow reader has its last message', () => received.includes(`"offset":${values.length - 1},`))
    expect(received).toContain(`"partition":${left}`)
  })

  test('loses no acknowledged message when it is killed with SIGKILL', async () => {
    const topic = await newTopic(3)
    const agent = agentFor(64)
    const acknowledged: { partition: number; offset: number; value: string }[] = []
    const drive = async (connection: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const value = `${connection}/${i}`
        const answer = await post(agent, '/produce', { topic, key: value, value })
        const [written] = JSON.parse(answer) as { partition: number; offset: number }[]
        acknowledged.push({ ...written!, value })
        if (acknowledged.length === 2_000) process.kill(proxy.child.pid!, 'SIGKILL')
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: 64 }, (_, connection) => drive(connection)))
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['rejected']))
    await proxy.exit
    const bounds = await log.bounds(topic)
    const kept = await Promise.all(bounds.map(({ partition, end }) => readAll(log, topic, partition, end)))
    for (const { partition, offset, value } of acknowledged) expect(textOf(kept[partition]![offset]!.value)).toBe(value)
    await startProxy()
    expect(await post(agentFor(1), '/produce', { topic, value: 'goes on' })).toContain('"offset"')
  })
})

/** Resident memory; Linux reports it in pages. */
const memoryMbOf = ({ child }: StartedProcess): number =>
  Math.round((Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20)
