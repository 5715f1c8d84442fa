/** Faults of kafkajs 2.2.4 in consumer groups, and proof that the driver does not have them. */
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { commitAll, startReader, until } from '#log/conformance/scene.ts'
import type { Lease, Log } from '#log/log.ts'
import { adminOf, endLater, setTrap, unique, type Trap } from './trap.ts'
import { describeReal } from '../describe-real.ts'

const fill = (log: Log, topic: string, values: readonly string[], partition = 0): Promise<unknown> =>
  log.send(values.map((value) => ({ topic, partition, value })))

const QUICK = { sessionTimeout: 3000, heartbeatInterval: 100, rebalanceTimeout: 20_000, maxWaitTimeInMs: 100 }

async function naiveConsumer(
  kafka: Kafka,
  topic: string,
  config: ConsumerConfig,
  fromBeginning = true,
): Promise<Consumer> {
  const consumer = endLater(kafka.consumer({ ...QUICK, ...config }))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning })
  return consumer
}

/** Resolves when the consumer has joined, unlike `run` of kafkajs. */
const joined = (consumer: Consumer): Promise<void> =>
  new Promise((resolve) => consumer.on('consumer.group_join', () => resolve()))

/** A gate that holds a handler. */
function gate(): { open: () => void; opened: Promise<void> } {
  const { resolve, promise } = Promise.withResolvers<void>()
  return { open: resolve, opened: promise }
}

const text = (payload: EachBatchPayload): string[] => payload.batch.messages.map(({ value }) => String(value))

async function makeGroupForget(trap: Trap, before: string): Promise<void> {
  const { topic, truth } = trap
  const admin = await adminOf(trap)
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: before }] })
  await until('the offsets are gone', async () => (await truth.bounds(topic))[0]!.first === Number(before))
}

describeReal('a group', ({ brokers }) => {
  test('kafkajs skips messages that were sent before its group existed', async () => {
    const { truth, topic, group, naive } = await setTrap(brokers)
    await fill(truth, topic, ['early'])
    const consumer = await naiveConsumer(naive(), topic, { groupId: group }, false)
    const seen: string[] = []
    const isThere = joined(consumer)
    await consumer.run({ eachBatch: async (payload) => void seen.push(...text(payload)) })
    await isThere
    await until('the later message arrived', async () => {
      await fill(truth, topic, ['late'])
      return seen.includes('late')
    })
    expect(seen).not.toContain('early')
  })

  test('the driver starts at the oldest message, also when the offsets of its group have expired', async () => {
    const trap = await setTrap(brokers)
    const { truth, topic, group, open } = trap
    await fill(truth, topic, ['a', 'b', 'c', 'd'])
    const log = open()
    const first = await startReader(log, { group, topics: [topic] }, (_, lease) => lease.commit(0))
    await until('the offset is committed', async () => (await truth.committed(group, topic))[0] === 1)
    await first.close()
    await makeGroupForget(trap, '2')
    const second = await startReader(log, { group, topics: [topic] })
    await until('the other messages arrived', () => second.seen.length >= 2)
    expect(second.values()).toEqual(['c', 'd'])
  })

  test('kafkajs stops silently for good after a TypeError in a handler', async () => {
    const { truth, topic, group, naive } = await setTrap(brokers)
    await fill(truth, topic, ['a'])
    const consumer = await naiveConsumer(naive(), topic, {
      groupId: group,
      retry: { retries: 1, initialRetryTime: 50 },
    })
    const crashed = new Promise<boolean>((resolve) => consumer.on('consumer.crash', (e) => resolve(e.payload.restart)))
    let calls = 0
    const run = consumer.run({
      eachBatch: async () => {
        calls += 1
        throw new TypeError('not a function')
      },
    })
    await expect(run).resolves.toBeUndefined()
    expect(await crashed).toBe(false)
    expect(calls).toBe(1)
  })

  test('kafkajs rejoins its group after each error of a handler', async () => {
    const { truth, topic, group, naive } = await setTrap(brokers)
    await fill(truth, topic, ['a'])
    const consumer = await naiveConsumer(naive(), topic, {
      groupId: group,
      retry: { retries: 1, initialRetryTime: 20 },
    })
    let joins = 0
    consumer.on('consumer.group_join', () => void joins++)
    await consumer.run({ eachBatch: () => Promise.reject(new Error('the store is down')) })
    await until('kafkajs has joined three times', () => joins >= 3)
  })

  test('the driver stays in its group and redelivers the messages when a handler throws', async () => {
    const { truth, topic, group, open } = await setTrap(brokers)
    await fill(truth, topic, ['a'])
    const errors = [new TypeError('not a function'), new Error('the store is down'), new RangeError('too long'), 'text']
    let assignments = 0
    const crashes: Error[] = []
    const log = open({ crashed: (error) => void crashes.push(error) })
    const options = { group, topics: [topic], owned: () => void assignments++ }
    const reader = await startReader(log, options, async (batch, lease) => {
      if (errors.length > 0) throw errors.shift()
      await commitAll(batch, lease)
    })
    await until('the offset is committed', async () => (await truth.committed(group, topic))[0] === 1)
    expect({ seen: reader.values(), assignments, crashes }).toEqual({
      seen: Array(5).fill('a'),
      assignments: 1,
      crashes: [],
    })
  })

  test('kafkajs redelivers a slow batch to another member while the first still handles it', async () => {
    const { truth, topic, group, naive } = await setTrap(brokers)
    await fill(truth, topic, ['a'])
    const { open, opened } = gate()
    const seen: string[] = []
    const start = async (name: string): Promise<void> => {
      const config = { groupId: group, sessionTimeout: 1000, rebalanceTimeout: 1000 }
      const consumer = await naiveConsumer(naive(), topic, config)
      await consumer.run({ eachBatch: () => (seen.push(name), opened) })
    }
    await start('first')
    await until('the handler runs', () => seen.length === 1)
    await start('second')
    await until('the other member has it, too', () => seen.includes('second'))
    open()
  })

  test('the driver sends heartbeats while a handler runs for longer than a session', async () => {
    const { truth, topic, group, open } = await setTrap(brokers)
    await fill(truth, topic, ['a'])
    const handler = gate()
    const options = { sessionTimeoutMs: 2000, heartbeatMs: 100 }
    let assignments = 0
    const own = { group, topics: [topic], owned: () => void assignments++ }
    const reader = await startReader(open(options), own, async (batch, lease) => {
      await handler.opened
      await commitAll(batch, lease)
    })
    await until('the handler runs', () => reader.seen.length === 1)
    setTimeout(handler.open, 5000)
    await until('the offset is committed', async () => (await truth.committed(group, topic))[0] === 1)
    expect({ seen: reader.values(), assignments }).toEqual({ seen: ['a'], assignments: 1 })
  })

  test('kafkajs commits a batch from before a rebalance, which moves the group back', async () => {
    const { truth, topic, group, naive } = await setTrap(brokers)
    await fill(truth, topic, ['a', 'b', 'c', 'd'])
    const payloads: EachBatchPayload[] = []
    const consumer = await naiveConsumer(naive(), topic, { groupId: group })
    await consumer.run({ autoCommit: false, eachBatch: async (payload) => void payloads.push(payload) })
    await until('the handler runs', () => payloads.length === 1)
    const again = joined(consumer)
    const other = await naiveConsumer(naive(), topic, { groupId: group })
    await other.run({ autoCommit: false, eachBatch: async (payload) => void payloads.push(payload) })
    await again
    const commit = (payload: EachBatchPayload, offset: string): Promise<void> =>
      payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition: 0, offset }] }] })
    await until('the message is redelivered', () => payloads.length >= 2)
    await commit(payloads.at(-1)!, '4')
    await commit(payloads[0]!, '1')
    expect(await truth.committed(group, topic)).toEqual([1])
  })

  test('the driver fences such a commit, even if the member has its partition again', async () => {
    const { truth, topic, group, open } = await setTrap(brokers)
    await fill(truth, topic, ['a', 'b', 'c', 'd'])
    const leases: Lease[] = []
    const take = async (_: unknown, lease: Lease): Promise<void> => void leases.push(lease)
    await open().run({ group, topics: [topic] }, take)
    await until('the handler runs', () => leases.length === 1)
    const other = await open().run({ group, topics: [topic] }, take)
    await other.close()
    await until('the message is redelivered', () => leases.length >= 2 && !leases.at(-1)!.signal.aborted)
    await leases.at(-1)!.commit(3)
    await expect(leases[0]!.commit(0)).rejects.toMatchObject({ code: 'fenced' })
    expect(await truth.committed(group, topic)).toEqual([4])
  })

  test('Kafka fences a commit of the driver that is pending while the group continues', async () => {
    const { proxy, truth, topic, group, open } = await setTrap(brokers)
    await fill(truth, topic, ['a', 'b'])
    const held = proxy.fault({ api: 'offsetCommit', what: 'request', fate: 'hold' })
    const settled: Promise<unknown>[] = []
    const reports: string[] = []
    const log = open({ sessionTimeoutMs: 1000, limitMs: 8000, report: (sentence) => void reports.push(sentence) })
    await log.run({ group, topics: [topic] }, async (_, lease) => {
      if (settled.length === 0) settled.push(lease.commit(0).catch((error: unknown) => error))
    })
    await held.met
    await startReader(truth, { group, topics: [topic] })
    await until('the other member has committed', async () => (await truth.committed(group, topic))[0] === 2)
    held.end()
    expect(await settled[0]).toMatchObject({ code: 'fenced' })
    expect(await truth.committed(group, topic)).toEqual([2])
  })

  test('kafkajs leaves a ghost member in its group when it is stopped right after its start', async () => {
    const { topic, group, naive } = await setTrap(brokers)
    const kafka = naive()
    const consumer = await naiveConsumer(kafka, topic, { groupId: group })
    const isThere = joined(consumer)
    const running = consumer.run({ eachBatch: async () => {} })
    await consumer.stop()
    await isThere
    await running
    expect(await membersOf(kafka, group)).toBe(1)
  })

  test('the driver leaves no ghost member', async () => {
    const { topic, group, naive, open } = await setTrap(brokers)
    const log = open()
    const running = log.run({ group, topics: [topic] }, commitAll).catch(() => undefined)
    await log.topics()
    await log.close()
    await running
    expect(await membersOf(naive(), group)).toBe(0)
  })

  test('a busy member of kafkajs blocks other members from joining; the driver does not', async () => {
    const { truth, topic, group, naive, open } = await setTrap(brokers)
    await fill(truth, topic, ['a'])
    const handler = gate()
    let busy = 0
    const first = await naiveConsumer(naive(), topic, { groupId: group })
    await first.run({
      autoCommit: false,
      eachBatch: async (payload) => {
        busy += 1
        const beat = setInterval(() => void payload.heartbeat().catch(() => undefined), 100)
        await handler.opened
        clearInterval(beat)
      },
    })
    const ours = unique('group')
    await startReader(open(), { group: ours, topics: [topic] }, () => (busy++, handler.opened))
    await until('both handlers run', () => busy === 2)
    const second = await naiveConsumer(naive(), topic, { groupId: group })
    let isNaiveIn = false
    const naiveIn = joined(second).then(() => (isNaiveIn = true))
    const secondRuns = second.run({ eachBatch: async () => {} })
    await open().run({ group: ours, topics: [topic] }, commitAll)
    expect(isNaiveIn).toBe(false)
    handler.open()
    await naiveIn
    await secondRuns
  })

  test('a partition waits for the handler of another with kafkajs, but not with the driver', async () => {
    const { truth, topic, group, naive, open } = await setTrap(brokers, 2)
    await fill(truth, topic, ['slow'])
    const handler = gate()
    const [theirs, ours] = [new Set<number>(), new Set<number>()]
    const consumer = await naiveConsumer(naive(), topic, { groupId: group })
    await consumer.run({
      partitionsConsumedConcurrently: 2,
      eachBatch: ({ batch }) => (
        theirs.add(batch.partition),
        batch.partition === 0 ? handler.opened : Promise.resolve()
      ),
    })
    await startReader(open(), { group: unique('group'), topics: [topic] }, ({ partition }) => {
      ours.add(partition)
      return partition === 0 ? handler.opened : Promise.resolve()
    })
    await until('both handlers run', () => theirs.has(0) && ours.has(0))
    await fill(truth, topic, ['quick'], 1)
    await until('the driver has delivered it', () => ours.has(1))
    expect([...theirs]).toEqual([0])
    handler.open()
    await until('kafkajs has delivered it, too', () => theirs.has(1))
  })

  test('a member that was frozen for longer than its session commits nothing', async () => {
    const { proxy, truth, topic, group, open } = await setTrap(brokers)
    await fill(truth, topic, ['a'])
    const leases: Lease[] = []
    const take = async (_: unknown, lease: Lease): Promise<void> => void leases.push(lease)
    await open({ sessionTimeoutMs: 1000 }).run({ group, topics: [topic] }, take)
    await until('the handler runs', () => leases.length === 1)
    const silence = proxy.fault({ what: 'request', fate: 'hold' })
    await until('its lease has ended', () => leases[0]!.signal.aborted)
    await expect(leases[0]!.commit(0)).rejects.toMatchObject({ code: 'fenced' })
    silence.end()
    await until('the member has rejoined', () => leases.length >= 2)
    await leases.at(-1)!.commit(0)
    expect(await truth.committed(group, topic)).toEqual([1])
  })
})

async function membersOf(kafka: Kafka, group: string): Promise<number> {
  const admin = endLater(kafka.admin())
  await admin.connect()
  const { groups } = await admin.describeGroups([group])
  return groups[0]!.members.length
}
