/** Messages that Kafka refuses, and topics that take little at once. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { textOf } from '#log/conformance/scene.ts'
import type { Header, Outgoing } from '#log/log.ts'
import { deadLettersOf, type Poison } from '#processor/dead-letters.ts'
import { describeReal } from '../describe-real.ts'
import { adminOf, setTrap, unique, valuesIn, type Trap } from '../kafkajs-traps/trap.ts'
import { proxyAbove } from './proxy-above.ts'

const DAY_MS = 24 * 60 * 60 * 1000

async function topicWith(trap: Trap, settings: Record<string, string> = {}, topic = unique('topic')): Promise<string> {
  const admin = await adminOf(trap)
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true })
  return topic
}

/** Text that does not become smaller by compression. */
const incompressible = (bytes: number): string =>
  randomBytes(Math.ceil(bytes / 2))
    .toString('hex')
    .slice(0, bytes)

interface Body {
  code?: string
  messages?: object[]
}

interface Refused {
  what: string
  settings: Record<string, string>
  bad: Partial<Outgoing>
  code: string
}

const REFUSED: Refused[] = [
  {
    what: 'no key on a compacted topic',
    settings: { 'cleanup.policy': 'compact' },
    bad: { key: null },
    code: 'invalid',
  },
  {
    what: 'a timestamp that the topic does not accept',
    settings: { 'message.timestamp.before.max.ms': String(DAY_MS) },
    bad: { timestamp: 1_000 },
    code: 'invalid',
  },
  {
    what: 'more bytes than the topic accepts',
    settings: { 'max.message.bytes': '20000' },
    bad: { value: incompressible(60_000) },
    code: 'too_large',
  },
]

describeReal('a message that Kafka refuses', ({ brokers }) => {
  test.each(REFUSED)('for $what fails only its own call', async ({ settings, bad, code }) => {
    const trap = await setTrap(brokers)
    const topic = await topicWith(trap, settings)
    const log = trap.open()
    await log.partitions(topic)
    const values = Array.from({ length: 60 }, (_, i) => `value ${i}`)
    const guilty = new Set([0, 17, 18, 59])
    const calls = values.map((value, i) => log.send([{ topic, key: `key ${i}`, value, ...(guilty.has(i) && bad) }]))
    const settled = await Promise.allSettled(calls)
    const failed = settled.flatMap((result, i) => (result.status === 'rejected' ? [[i, result.reason.code]] : []))
    expect(failed).toEqual([...guilty].map((i) => [i, code]))
    expect(await valuesIn(log, topic)).toEqual(values.filter((_, i) => !guilty.has(i)))
  })

  test('is a 400 of the proxy for its own request, and was not written', async () => {
    const trap = await setTrap(brokers)
    const topic = await topicWith(trap, { 'cleanup.policy': 'compact' })
    const post = proxyAbove<Body>(trap.open())
    const requests = Array.from({ length: 30 }, (_, i) =>
      post(`/produce/${topic}`, { value: `value ${i}`, key: i === 7 ? null : 'k' }),
    )
    const answers = await Promise.all(requests)
    expect(answers.map(({ status }) => status)).toEqual(answers.map((_, i) => (i === 7 ? 400 : 200)))
    expect(answers[7]!.body).toMatchObject({ code: 'invalid' })
    expect(await valuesIn(trap.truth, topic)).toHaveLength(29)
  })
})

describeReal('a topic of dead letters that accepts less than the original topic', ({ brokers }) => {
  test('receives the reason and the position of a message that is too large for it', async () => {
    const trap = await setTrap(brokers)
    const topic = await topicWith(trap)
    await topicWith(trap, { 'max.message.bytes': '5000' }, `${topic}.dlq`)
    const at = (offset: number, bytes: number): Poison => ({
      message: {
        topic,
        partition: 1,
        offset,
        timestamp: 1,
        key: Buffer.from('key'),
        value: Buffer.from(incompressible(bytes)),
        headers: [['kept', null]],
      },
      cause: 'unreadable',
      reason: 'not JSON',
    })
    await deadLettersOf(trap.open(), 'group')([at(3, 10), at(4, 20_000), at(5, 10)])
    const letters = await trap.truth.read({ topic: `${topic}.dlq`, partition: 0, offset: 0 }, 10, 1000)
    expect(letters.map(({ key, value, headers }) => [textOf(key), value?.length, textIn(headers)])).toEqual(
      [3, 4, 5].map((offset) => [
        'key',
        offset === 4 ? undefined : 10,
        {
          kept: null,
          'x-error-reason': 'not JSON',
          'x-error-group': 'group',
          'x-original-topic': topic,
          'x-original-partition': '1',
          'x-original-offset': String(offset),
          'x-attempts': '1',
          ...(offset === 4 && { 'x-value-omitted': '20000' }),
        },
      ]),
    )
  })
})

const textIn = (headers: readonly Header[]): object =>
  Object.fromEntries(headers.map(([name, value]) => [name, textOf(value)]))

describeReal('a topic with the default limit of a batch', ({ brokers }) => {
  test.each([
    [500, 3_000],
    [3, 500_000],
    [1, 900_000],
  ])('takes a request of %i messages of %i bytes, in order', async (count, bytes) => {
    const trap = await setTrap(brokers)
    const topic = await topicWith(trap)
    const values = Array.from({ length: count }, (_, i) => `${i} ${incompressible(bytes)}`)
    const post = proxyAbove<Body>(trap.open())
    const { status, body } = await post(
      `/produce/${topic}`,
      values.map((value) => ({ value })),
    )
    expect(status).toBe(200)
    expect(body).toMatchObject(values.map((_, offset) => ({ topic, partition: 0, offset })))
    expect(await valuesIn(trap.truth, topic)).toEqual(values)
  })

  test('reports each message of a request when one is larger than the limit', async () => {
    const trap = await setTrap(brokers)
    const topic = await topicWith(trap, { 'max.message.bytes': '20000' })
    const post = proxyAbove<Body>(trap.open())
    const values = ['first', incompressible(30_000), 'third']
    const { status, body } = await post(
      `/produce/${topic}`,
      values.map((value) => ({ value })),
    )
    expect(status).toBe(504)
    expect(body.messages).toMatchObject([{ offset: 0 }, { written: 'no' }, { offset: 1 }])
    expect(await valuesIn(trap.truth, topic)).toEqual(['first', 'third'])
  })
})
