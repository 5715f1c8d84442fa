import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { type Handler, type Lease, type Log, LogError, MAX_MESSAGE_BYTES, type Message } from '#log/log.ts'
import { StoreError } from '#store/store.ts'
import { type DeadLetter, deadLettersOf } from './dead-letters.ts'
import { groupHandler, type GroupHandlerOptions } from './group-handler.ts'

const TOPIC = 'bookings'
const GROUP = 'a-sink'
const textOf = ({ value }: Message): string => Buffer.from(value!).toString()

let log: Log
let reported: DeadLetter[]

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  reported = []
  await log.createTopics([{ topic: TOPIC, partitions: 1 }])
})

afterEach(() => log.close())

const makeDeadLetterTopic = () => log.createTopics([{ topic: `${TOPIC}.dlq`, partitions: 1 }])

const send = (...values: string[]) => log.send(values.map((value) => ({ topic: TOPIC, key: 'k', value })))

type Work = (texts: string[]) => void

/** A handler whose work is called with the texts of each batch, without those of unreadable messages. */
const handlerOf = (work: Work, pause: GroupHandlerOptions<string>['pause'] = () => Promise.resolve()): Handler =>
  groupHandler<string>({
    decode: readableTextOf,
    work: async (located) => work(located.map(({ content }) => content)),
    deadLetters: deadLettersOf(log, GROUP, (letter) => void reported.push(letter)),
    pause,
  })

function readableTextOf(message: Message): string {
  const text = textOf(message)
  if (text.startsWith('unreadable')) throw new SyntaxError(text)
  return text
}

const run = (work: Work, pause?: GroupHandlerOptions<string>['pause']) =>
  log.run({ group: GROUP, topics: [TOPIC] }, handlerOf(work, pause))

const committed = () => expect.poll(async () => (await log.committed(GROUP, TOPIC))[0], { timeout: 15_000 })

const deadLetters = async (): Promise<string[]> =>
  (await log.read({ topic: `${TOPIC}.dlq`, partition: 0, offset: 0 }, 100, 0)).map(textOf)

/** Throws for these texts, as often as given. */
const failingFor = (text: string, error: () => Error, times = Infinity) => {
  const calls: string[][] = []
  let left = times
  const work = (texts: string[]): void => {
    calls.push(texts)
    if (texts.includes(text) && left-- > 0) throw error()
  }
  return { work, calls }
}

describe('a message that makes the work fail', () => {
  beforeEach(makeDeadLetterTopic)

  test('is tried four times alone, becomes one dead letter, and blocks no other message', async () => {
    const { work, calls } = failingFor('b', () => new TypeError('b breaks it'))
    await send('a', 'b', 'c')
    await run(work)
    await committed().toBe(3)
    expect(calls).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['b'], ['b'], ['b'], ['c']])
    expect(await deadLetters()).toEqual(['b'])
    const where = { group: GROUP, topic: TOPIC, partition: 0, offset: 1 }
    expect(reported).toEqual([{ ...where, cause: 'failing', reason: 'TypeError: b breaks it' }])
    await send('d')
    await committed().toBe(4)
    expect(calls.at(-1)).toEqual(['d'])
  })

  test.each([
    ['a document that the store refuses', () => new StoreError('invalid', 'n does not hold a number.')],
    ['a message that the log refuses', () => new LogError('too_large', 'the message is too large')],
    ['what is not an error', () => 'a text' as unknown as Error],
  ])('becomes a dead letter for %s', async (_, error) => {
    await send('a')
    await run(failingFor('a', error).work)
    await committed().toBe(1)
    expect(await deadLetters()).toEqual(['a'])
  })

  test('becomes no dead letter when an attempt succeeds', async () => {
    const { work, calls } = failingFor('b', () => new TypeError('not yet'), 3)
    await send('a', 'b')
    await run(work)
    await committed().toBe(2)
    expect(calls).toEqual([['a', 'b'], ['a'], ['b'], ['b'], ['b']])
    expect(await deadLetters()).toEqual([])
  })

  test('becomes a dead letter without its value if it is too large for the added headers', async () => {
    const value = 'b'.repeat(MAX_MESSAGE_BYTES - 100)
    await send('a', value, 'c')
    await run(failingFor(value, () => new TypeError('b breaks it')).work)
    await committed().toBe(3)
    const [letter] = await log.read({ topic: `${TOPIC}.dlq`, partition: 0, offset: 0 }, 100, 0)
    expect(letter).toMatchObject({ key: new TextEncoder().encode('k'), value: null })
    expect(reported).toMatchObject([{ offset: 1, cause: 'failing' }])
  })

  test('waits longer before each attempt', async () => {
    const pauses: number[] = []
    await send('a')
    await run(failingFor('a', () => new TypeError('never')).work, async (ms) => void pauses.push(ms))
    await committed().toBe(1)
    expect(pauses).toEqual([100, 200, 400])
  })

  test('is not tried again after the lease has ended', async () => {
    const { work, calls } = failingFor('a', () => new TypeError('never'))
    const pausing = Promise.withResolvers<void>()
    await send('a')
    const member = await run(work, async (_ms, signal) => {
      pausing.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    await pausing.promise
    await member.close(0)
    expect(calls).toEqual([['a'], ['a']])
    expect(await log.committed(GROUP, TOPIC)).toEqual([-1])
    expect(await deadLetters()).toEqual([])
  })
})

describe('an outage', () => {
  test.each([
    ['the store is unavailable', () => new StoreError('unavailable', 'MongoDB does not answer')],
    ['the outcome of a write is unknown', () => new StoreError('unknown', 'no answer')],
    ['the log is overloaded', () => new LogError('overloaded', 'the queue is full')],
    ['a topic is missing', () => new LogError('not_found', 'there is no topic x')],
  ])('does not skip a message when %s', async (_, error) => {
    await makeDeadLetterTopic()
    const { work, calls } = failingFor('b', error, 5)
    await send('a', 'b')
    await run(work)
    await committed().toBe(2)
    expect(calls).toEqual(Array.from({ length: 6 }, () => ['a', 'b']))
    expect(await deadLetters()).toEqual([])
  })

  test('of the dead-letter topic keeps the message until the topic is available', async () => {
    const { work, calls } = failingFor('b', () => new TypeError('b breaks it'))
    await send('a', 'b', 'c')
    await run(work)
    await expect.poll(() => calls.filter(([text]) => text === 'b').length, { timeout: 15_000 }).toBeGreaterThan(4)
    expect(await log.committed(GROUP, TOPIC)).toEqual([1])
    await makeDeadLetterTopic()
    await committed().toBe(3)
    expect(await deadLetters()).toEqual(['b'])
    expect(calls.filter(([text]) => text === 'a')).toEqual([['a', 'b', 'c'], ['a']])
  })

  test('of the store sends one dead letter for an unreadable message, however often the batch is repeated', async () => {
    await makeDeadLetterTopic()
    const { work, calls } = failingFor('b', () => new StoreError('unavailable', 'MongoDB does not answer'), 5)
    await send('unreadable', 'b')
    await run(work)
    await committed().toBe(2)
    expect(calls).toHaveLength(6)
    expect(await deadLetters()).toEqual(['unreadable'])
  })

  test('while messages are handled alone repeats no dead letter', async () => {
    await makeDeadLetterTopic()
    const outage = failingFor('d', () => new StoreError('unavailable', 'MongoDB does not answer'), 5)
    await send('unreadable 1', 'b', 'unreadable 2', 'd', 'unreadable 3')
    await run((texts) => {
      if (texts.includes('b')) throw new TypeError('b breaks it')
      outage.work(texts)
    })
    await committed().toBe(5)
    expect(outage.calls).toHaveLength(6)
    expect(await deadLetters()).toEqual(['unreadable 1', 'b', 'unreadable 2', 'unreadable 3'])
  })

  test.each([
    ['a batch', () => {}, ['unreadable'], [['a', 'b']]],
    [
      'messages that are handled alone',
      failingFor('b', () => new TypeError('b breaks it')).work,
      ['unreadable', 'b'],
      [['a', 'b'], ['a']],
    ],
  ])('of the commits repeats neither the work nor the dead letters of %s', async (_, work, dead, withA) => {
    await makeDeadLetterTopic()
    await send('a', 'unreadable', 'b')
    const messages = await log.read({ topic: TOPIC, partition: 0, offset: 0 }, 10, 0)
    const calls: string[][] = []
    const handle = handlerOf((texts) => {
      calls.push(texts)
      work(texts)
    })
    const attempt = (lease: Lease) => handle({ topic: TOPIC, partition: 0, messages }, lease)
    let failures = 4
    const commits: number[] = []
    const commit = async (offset: number): Promise<void> => {
      if (failures-- > 0) throw new LogError('unavailable', 'the coordinator does not answer')
      commits.push(offset)
    }
    const lease = { signal: new AbortController().signal, commit }
    while (commits.at(-1) !== 2) await attempt(lease).catch(() => undefined)
    expect(await deadLetters()).toEqual(dead)
    expect(calls.filter((texts) => texts.includes('a'))).toEqual(withA)
  })
})
