/** Faults of kafkajs 2.2.4 in sending, and proof that the driver does not have them. */
import { createRequire } from 'node:module'
import type { Producer } from 'kafkajs'
import { expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { API, partitionsIn } from '../fault-proxy.ts'
import { adminOf, endLater, outcomeOf, setTrap, unique, valuesIn, type Trap } from './trap.ts'
import { describeReal } from '../describe-real.ts'

/** Long enough for one retry after a lost answer. */
const LIMIT_MS = 6000

async function naiveProducer({ naive, topic }: Trap, retries: number): Promise<Producer> {
  const kafka = naive({ requestTimeout: 1500, retry: { retries, initialRetryTime: 200, factor: 0 } })
  const producer = endLater(kafka.producer({ idempotent: true, maxInFlightRequests: 1 }))
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'warm' }] })
  return producer
}

const sendWith = (producer: Producer, topic: string, value: string): Promise<string> =>
  outcomeOf(producer.send({ topic, messages: [{ value }] }))

describeReal('sending', ({ brokers }) => {
  test('kafkajs acknowledges a missing message when an answer is lost and others are sent meanwhile', async () => {
    const trap = await setTrap(brokers)
    const { proxy, truth, topic } = trap
    const producer = await naiveProducer(trap, 5)
    const lost = proxy.fault({ api: 'produce', what: 'answer', fate: 'swallow', times: 1 })
    const first = sendWith(producer, topic, 'A')
    await lost.met
    expect(await Promise.all([first, sendWith(producer, topic, 'B')])).toEqual(['acknowledged', 'acknowledged'])
    expect(await valuesIn(truth, topic)).not.toContain('B')
  })

  test('the driver acknowledges only messages that are stored once', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers)
    const log = open({ limitMs: LIMIT_MS })
    await log.send([{ topic, value: 'warm' }])
    const lost = proxy.fault({ api: 'produce', what: 'answer', fate: 'swallow', times: 1 })
    const send = (value: string): Promise<string> => outcomeOf(log.send([{ topic, value }]))
    const first = send('A')
    await lost.met
    expect(await Promise.all([first, send('B'), send('C')])).toEqual(Array(3).fill('acknowledged'))
    expect(await valuesIn(truth, topic)).toEqual(['warm', 'A', 'B', 'C'])
  })

  test('kafkajs acknowledges a missing message after a send that was given up', async () => {
    const trap = await setTrap(brokers)
    const { proxy, truth, topic } = trap
    const producer = await naiveProducer(trap, 1)
    const lost = proxy.fault({ api: 'produce', what: 'answer', fate: 'swallow', times: 2 })
    expect(await sendWith(producer, topic, 'A')).toBe('failed')
    lost.end()
    expect(await sendWith(producer, topic, 'B')).toBe('acknowledged')
    expect(await valuesIn(truth, topic)).toEqual(['warm', 'A'])
  })

  test('the driver writes the next messages after a send with an unknown outcome', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers)
    const log = open({ limitMs: 3000 })
    await log.send([{ topic, value: 'warm' }])
    const lost = proxy.fault({ api: 'produce', what: 'answer', fate: 'swallow' })
    expect(await outcomeOf(log.send([{ topic, value: 'A' }]))).toBe('unknown')
    lost.end()
    for (const value of ['B', 'C']) expect(await outcomeOf(log.send([{ topic, value }]))).toBe('acknowledged')
    expect(await valuesIn(truth, topic)).toEqual(['warm', 'A', 'B', 'C'])
  })

  test('kafkajs writes a message after its send has failed', async () => {
    const trap = await setTrap(brokers)
    const { proxy, truth, topic } = trap
    const producer = await naiveProducer(trap, 5)
    const lost = proxy.fault({ api: 'produce', what: 'request', fate: 'swallow' })
    const late = producer.send({ topic, messages: [{ value: 'A' }] })
    await lost.met
    await truth.send([{ topic, value: 'sent later' }])
    lost.end()
    await late
    expect(await valuesIn(truth, topic)).toEqual(['warm', 'sent later', 'A'])
  })

  test('the driver never writes a message after its send has failed', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers)
    const log = open({ limitMs: 3000 })
    await log.send([{ topic, value: 'warm' }])
    const lost = proxy.fault({ api: 'produce', what: 'request', fate: 'swallow' })
    expect(await outcomeOf(log.send([{ topic, value: 'A' }]))).toBe('unknown')
    await lost.gone
    lost.end()
    await log.send([{ topic, value: 'B' }])
    expect(await valuesIn(truth, topic)).toEqual(['warm', 'B'])
  })

  test('kafkajs acknowledges a send to two partitions after writing only one, when a leader moves meanwhile', async () => {
    const written: number[] = []
    const answers = await sendWhileLeaderMoves((partitions) => written.push(...partitions))
    expect(answers.map(({ partition }) => partition)).toEqual([0])
    expect(written).toEqual([0])
  })

  test('the driver never sends to two partitions at once', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers, 4)
    const log = open()
    const messages = Array.from({ length: 40 }, (_, i) => ({ topic, partition: i % 4, value: `value ${i}` }))
    await Promise.all([log.send(messages), log.send(messages), ...messages.map((message) => log.send([message]))])
    const sent = proxy.requests.filter(({ api }) => api === API.produce)
    expect(sent.length).toBeGreaterThanOrEqual(4)
    expect(new Set(sent.map(partitionsIn))).toEqual(new Set([1]))
    expect((await truth.bounds(topic)).map(({ end }) => end)).toEqual([30, 30, 30, 30])
  })

  test('kafkajs fails for every topic after one of them is deleted', async () => {
    const { truth, topic, naive } = await setTrap(brokers)
    const deleted = unique('deleted')
    await truth.createTopics([{ topic: deleted, partitions: 1 }])
    const kafka = naive({ retry: { retries: 2, initialRetryTime: 50 } })
    const producer = endLater(kafka.producer({ metadataMaxAge: 1, allowAutoTopicCreation: false }))
    await producer.connect()
    for (const each of [topic, deleted]) await producer.send({ topic: each, messages: [{ value: 'a' }] })
    const admin = endLater(kafka.admin())
    await admin.connect()
    await admin.deleteTopics({ topics: [deleted] })
    await until('the topic is gone', async () => !(await truth.topics()).some((each) => each.topic === deleted))
    await expect(producer.send({ topic, messages: [{ value: 'b' }] })).rejects.toThrow('does not host')
  })

  test('the driver fails for that topic alone, and names it', async () => {
    const { truth, topic, naive, open } = await setTrap(brokers)
    const deleted = unique('deleted')
    await truth.createTopics([{ topic: deleted, partitions: 1 }])
    const log = open({ limitMs: LIMIT_MS })
    await log.send([topic, deleted].map((topic) => ({ topic, value: 'a' })))
    const admin = await adminOf({ naive })
    await admin.deleteTopics({ topics: [deleted] })
    await until('the topic is gone', async () => !(await log.topics()).some((each) => each.topic === deleted))
    expect(await outcomeOf(log.send([{ topic: deleted, value: 'b' }]))).toBe('not_found')
    expect(await outcomeOf(log.send([{ topic: 'never-there', value: 'b' }]))).toBe('not_found')
    expect(await outcomeOf(log.send([{ topic, value: 'b' }]))).toBe('acknowledged')
  })
})

/** Runs kafkajs's send function against two simulated brokers: leadership moves to the first after it has answered. */
async function sendWhileLeaderMoves(produced: (partitions: number[]) => void): Promise<{ partition: number }[]> {
  const require = createRequire(import.meta.url)
  const createSendMessages = require('kafkajs/src/producer/sendMessages.js') as (
    parts: object,
  ) => (wish: object) => unknown
  const createRetry = require('kafkajs/src/retry/index.js') as (options: object) => unknown
  const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
    createErrorFromCode: (code: number) => Error
  }
  const NOT_LEADER = 6
  const leaders = [1, 2]
  const broker = (nodeId: number) => ({
    nodeId,
    async produce({ topicData }: { topicData: { partitions: { partition: number }[] }[] }) {
      const partitions = topicData[0]!.partitions.map(({ partition }) => partition)
      if (nodeId === 2) {
        leaders[1] = 1
        throw createErrorFromCode(NOT_LEADER)
      }
      produced(partitions)
      return { topics: [{ topicName: 't', partitions: partitions.map((partition) => ({ partition, errorCode: 0 })) }] }
    },
  })
  const brokers = [broker(1), broker(2)]
  const silent = { debug() {}, error() {} }
  const nothing = async (): Promise<void> => {}
  const cluster = {
    targetTopics: new Set(),
    isConnected: () => true,
    addMultipleTargetTopics: nothing,
    refreshMetadata: nothing,
    refreshMetadataIfNecessary: nothing,
    findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }],
    findBroker: async ({ nodeId }: { nodeId: string }) => brokers[Number(nodeId) - 1],
    findLeaderForPartitions: (_: string, partitions: string[]) =>
      Object.groupBy(partitions.map(Number), (partition) => String(leaders[partition])),
  }
  const eosManager = {
    isTransactional: () => false,
    acquireBrokerLock: nothing,
    releaseBrokerLock: nothing,
    getSequence: () => 0,
    updateSequence() {},
    getProducerId: () => 1,
    getProducerEpoch: () => 0,
  }
  const retrier = createRetry({ retries: 3, initialRetryTime: 10 })
  const partitioner = ({ message }: { message: { partition: number } }): number => message.partition
  const send = createSendMessages({ logger: silent, cluster, partitioner, eosManager, retrier })
  const messages = [0, 1].map((partition) => ({ partition, value: 'a' }))
  return (await send({ acks: -1, topicMessages: [{ topic: 't', messages }] })) as { partition: number }[]
}
