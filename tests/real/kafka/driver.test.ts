/** Features of the Kafka driver alone: topic settings, compression and its fixes of kafkajs. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { readAll, startReader, textOf, until, valuesOf } from '#log/conformance/scene.ts'
import { openClient } from '#log/kafka/client.ts'
import { fetchFrom } from '#log/kafka/cluster.ts'
import { PartitionWriter } from '#log/kafka/partition-writer.ts'
import { Connection } from '#log/kafka/connection.ts'
import { prepare } from '#log/outgoing.ts'
import { API } from '../fault-proxy.ts'
import { adminOf, endLater, PATIENCE_MS, setTrap, unique, valuesIn } from '../kafkajs-traps/trap.ts'
import { describeReal } from '../describe-real.ts'

const run = promisify(execFile)

/** Runs a script in a separate process, where kafkajs is unpatched. Returns its output. */
async function inAnotherProcess(script: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script])
  return stdout.trim()
}

describeReal('the driver on Kafka', ({ brokers }) => {
  test('reports how an existing topic differs from the planned one', async () => {
    const { naive, open } = await setTrap(brokers)
    const admin = await adminOf({ naive })
    const topic = unique('foreign')
    const configEntries = [
      { name: 'retention.ms', value: '1000' },
      { name: 'cleanup.policy', value: 'compact' },
    ]
    await admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries }], waitForLeaders: true })
    const reports: string[] = []
    const log = open({ replication: 3, report: (sentence) => void reports.push(sentence) })
    await log.createTopics([{ topic, partitions: 2 }])
    expect(reports).toEqual(
      expect.arrayContaining([
        `topic ${topic} has retention.ms=1000, not -1`,
        `topic ${topic} has cleanup.policy=compact, not delete`,
        `topic ${topic} has 1 copies, not 3`,
      ]),
    )
  })

  test('reports nothing about a topic with the planned settings, and applies the retention', async () => {
    const reports: string[] = []
    const { naive, open } = await setTrap(brokers)
    const log = open({ report: (sentence) => void reports.push(sentence) })
    const topics = [{ topic: unique('kept'), partitions: 1, retentionMs: 60_000 }]
    await log.createTopics(topics)
    await log.createTopics(topics)
    expect(reports).toEqual([])
    const admin = await adminOf({ naive })
    const resources = [{ type: 2, name: topics[0]!.topic, configNames: ['retention.ms', 'cleanup.policy'] }]
    const { resources: described } = await admin.describeConfigs({ resources, includeSynonyms: false })
    const settings = described[0]!.configEntries
    const found = Object.fromEntries(settings.map(({ configName, configValue }) => [configName, configValue]))
    expect(found).toEqual({ 'retention.ms': '60000', 'cleanup.policy': 'delete' })
  })

  test('kafkajs returns false instead of an error for a topic with another number of partitions', async () => {
    const { naive, topic, open } = await setTrap(brokers, 3)
    const admin = await adminOf({ naive })
    expect(await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] })).toBe(false)
    await expect(open().createTopics([{ topic, partitions: 4 }])).rejects.toMatchObject({ code: 'invalid' })
  })

  test('names the setting when there are fewer brokers than copies', async () => {
    const { open } = await setTrap(brokers)
    const making = open({ replication: 5 }).createTopics([{ topic: unique('copies'), partitions: 1 }])
    await expect(making).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('KAFKA_REPLICATION'),
    })
  })

  test('a writer accepts a call in any turn of the event loop after the previous one', async () => {
    const { truth, topic } = await setTrap(brokers)
    const open = () => openClient({ brokers: [brokers], requestTimeoutMs: PATIENCE_MS, retries: 2 })
    const writer = new PartitionWriter(topic, 0, open, PATIENCE_MS)
    onTestFinished(() => writer.close())
    const prepared = prepare([{ topic, partition: 0, value: 'a' }], { partitions: () => 1, anyPartition: () => 0 })
    const append = () => writer.append(prepared, performance.now() + PATIENCE_MS)
    for (let turns = 0; turns < 10; turns++) {
      let before: Promise<unknown> = append()
      for (let i = 0; i < turns; i++) before = before.then(() => undefined)
      await before.then(append)
    }
    expect(await truth.bounds(topic)).toEqual([{ partition: 0, first: 0, end: 20 }])
  })

  test('compresses large messages', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers)
    const value = 'a booking like the others '.repeat(4000)
    await open().send([{ topic, value }])
    const request = proxy.requests.find(({ api }) => api === API.produce)
    expect(request!.body.length).toBeLessThan(value.length / 10)
    expect(await valuesIn(truth, topic)).toEqual([value])
  })

  test('fetches a compressed batch once when it is read in steps, and then continues after it', async () => {
    const { proxy, topic, open } = await setTrap(brokers)
    const log = open()
    const values = Array.from({ length: 500 }, (_, i) => `${i} ${'a booking like the others '.repeat(10)}`)
    await log.send(values.map((value) => ({ topic, value })))
    const seen: (string | null)[] = []
    for (let offset = 0; offset < 500; offset += 50) {
      const read = await log.read({ topic, partition: 0, offset }, 50, 0)
      seen.push(...valuesOf(read))
    }
    expect(seen).toEqual(values)
    expect(proxy.requests.filter(({ api }) => api === API.fetch)).toHaveLength(1)
    expect(await log.read({ topic, partition: 0, offset: 500 }, 50, 0)).toEqual([])
    await log.send([{ topic, value: 'one more' }])
    expect(valuesOf(await log.read({ topic, partition: 0, offset: 499 }, 50, 0))).toEqual([values[499], 'one more'])
  })

  test('keeps the order of headers, and leaves them in the usual form for other users of kafkajs', async () => {
    const { topic, naive, open } = await setTrap(brokers)
    const log = open()
    const headers = [
      ['b', '1'],
      ['2', 'two'],
      ['1', 'one'],
      ['b', '2'],
      ['__proto__', 'p'],
    ] as const
    await log.send([{ topic, value: 'a', headers }])
    const [message] = await readAll(log, topic, 0, 1)
    expect(message!.headers.map(([name, value]) => [name, textOf(value)])).toEqual(headers)
    const consumer = endLater(naive().consumer({ groupId: unique('group') }))
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const seen = new Promise<object>((resolve) => {
      void consumer.run({ eachMessage: async ({ message }) => resolve(message.headers!) })
    })
    expect(await seen).toMatchObject({
      1: Buffer.from('one'),
      2: Buffer.from('two'),
      b: [Buffer.from('1'), Buffer.from('2')],
    })
  })

  test('hides messages of aborted overlapping transactions, some of which kafkajs delivers', async () => {
    const { truth, topic, group, naive } = await setTrap(brokers)
    const kafka = naive()
    const [first, second] = ['first', 'second'].map((name) =>
      endLater(kafka.producer({ transactionalId: unique(name), idempotent: true, maxInFlightRequests: 1 })),
    )
    for (const producer of [first!, second!]) await producer.connect()
    const [one, two] = [await first!.transaction(), await second!.transaction()]
    await one.send({ topic, messages: [{ value: 'aborted 1' }] })
    await two.send({ topic, messages: [{ value: 'aborted 2' }] })
    await one.send({ topic, messages: [{ value: 'aborted 3' }] })
    await two.abort()
    await until('the end of the transaction is written', async () => (await endOf(brokers, topic)) === 4)
    await one.abort()
    await truth.send([{ topic, value: 'kept' }])
    const script = `
      import { Kafka } from 'kafkajs'
      const kafka = new Kafka({ brokers: ['${brokers}'], logLevel: 0 })
      const consumer = kafka.consumer({ groupId: '${unique('group')}' })
      await consumer.connect()
      await consumer.subscribe({ topic: '${topic}', fromBeginning: true })
      const seen = []
      await consumer.run({ eachMessage: async ({ message }) => {
        seen.push(String(message.value))
        if (seen.includes('kept')) process.stdout.write(seen.join(), () => process.exit())
      } })`
    expect(await inAnotherProcess(script)).toContain('aborted')
    expect(valuesOf(await truth.read({ topic, partition: 0, offset: 0 }, 10, 5000))).toEqual(['kept'])
    const reader = await startReader(truth, { group, topics: [topic] })
    await until('the message arrived', () => reader.seen.length > 0)
    expect(reader.values()).toEqual(['kept'])
  })

  test('sets no timers while it is idle, where kafkajs polls its queues every millisecond', async () => {
    const timers = (prepare: string): Promise<string> =>
      inAnotherProcess(`
        import { Kafka } from 'kafkajs'
        ${prepare}
        const producer = new Kafka({ brokers: ['${brokers}'], logLevel: 0 }).producer()
        await producer.connect()
        let timers = 0
        const { setTimeout: set } = globalThis
        globalThis.setTimeout = (...args) => (timers++, set(...args))
        set(() => process.stdout.write(String(timers), () => process.exit()), 1000)`)
    const patch = `import { patchKafkajs } from '${import.meta.resolve('#log/kafka/kafkajs-fixes.ts')}'; patchKafkajs()`
    expect(Number(await timers(''))).toBeGreaterThan(50)
    expect(Number(await timers(patch))).toBeLessThan(5)
  })

  test('answers a read while another read waits, for which kafkajs needs a separate connection', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers, 2)
    await truth.send([{ topic, partition: 1, value: 'here' }])
    const log = open()
    const waiting = log.read({ topic, partition: 0, offset: 0 }, 1, 20_000)
    await until('the read waits', () => proxy.requests.filter(({ api }) => api === API.fetch).length === 2)
    const started = performance.now()
    for (let i = 0; i < 10; i++) await log.read({ topic, partition: 1, offset: 0 }, 1, 0)
    expect(performance.now() - started).toBeLessThan(4000)
    await truth.send([{ topic, partition: 0, value: 'at last' }])
    expect(valuesOf(await waiting)).toEqual(['at last'])
  })
})

/** The end offset, including control records. */
function endOf(brokers: string, topic: string): Promise<number> {
  const connection = new Connection(() => openClient({ brokers: [brokers], requestTimeoutMs: PATIENCE_MS, retries: 2 }))
  const asking = connection.ask(PATIENCE_MS, (cluster) => fetchFrom(cluster, { topic, partition: 0, offset: 0 }, 1, 0))
  return asking.then(({ end }) => end).finally(() => connection.close())
}
