import { describe, expect, onTestFinished, test } from 'vitest'
import { MAX_MESSAGE_BYTES, MAX_SEND, type Message } from '#log/log.ts'
import { messageBytes } from '#log/message-size.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { type DeadLetter, deadLetterOf, deadLettersOf, decodeBatch, type Poison } from './dead-letters.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: unknown): string =>
  typeof value === 'string' ? value : new TextDecoder().decode(value as Uint8Array)

const message: Message = {
  topic: 'booking-requests',
  partition: 2,
  offset: 17,
  timestamp: 0,
  key: bytes('listing-123'),
  value: Uint8Array.of(0xff, 0xfe),
  headers: [['traceparent', bytes('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')]],
}

const poison = (reason: string, of = message): Poison => ({ message: of, cause: 'unreadable', reason })

describe('a dead letter', () => {
  const letter = deadLetterOf(poison('no text'), 'booking-decisions')

  test('has the original bytes, in the original partition', () => {
    expect(letter).toMatchObject({
      topic: 'booking-requests.dlq',
      partition: 2,
      key: message.key,
      value: message.value,
    })
  })

  test('adds headers with reason, group, position and attempts to those of the message', () => {
    expect(letter.headers!.map(([name, value]) => [name, text(value)])).toEqual([
      ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
      ['x-error-reason', 'no text'],
      ['x-error-group', 'booking-decisions'],
      ['x-original-topic', 'booking-requests'],
      ['x-original-partition', '2'],
      ['x-original-offset', '17'],
      ['x-attempts', '1'],
    ])
  })

  test('of a redriven message counts the attempts and describes the last one', () => {
    const again: Message = {
      ...message,
      offset: 30,
      headers: letter.headers!.map(([name, value]) => [name, bytes(text(value))]),
    }
    const { headers } = deadLetterOf(poison('still no text', again), 'booking-decisions')
    const found = headers!.map(([name, value]) => [name, text(value)])
    expect(found).toHaveLength(letter.headers!.length)
    expect(found).toEqual(
      expect.arrayContaining([
        ['x-error-reason', 'still no text'],
        ['x-original-offset', '30'],
        ['x-attempts', '2'],
      ]),
    )
  })

  test.each(['', '-1', 'often', '1e9', '99999999'])('starts to count at 1 if a foreign header has %j', (value) => {
    const foreign: Message = { ...message, headers: [['x-attempts', bytes(value)]] }
    const { headers } = deadLetterOf(poison('no text', foreign), 'g')
    expect(headers!.filter(([name]) => name === 'x-attempts')).toEqual([['x-attempts', '1']])
  })
})

describe('a dead letter that would exceed the limit of a message', () => {
  const namesAndTexts = ({ headers }: ReturnType<typeof deadLetterOf>) =>
    headers!.map(([name, value]) => [name, text(value)])

  test('has its value unless the added headers make it too large', () => {
    const empty = deadLetterOf(poison('no text', { ...message, value: new Uint8Array() }), 'g')
    const space = MAX_MESSAGE_BYTES - messageBytes(empty)
    const of = (bytes: number) => deadLetterOf(poison('no text', { ...message, value: new Uint8Array(bytes) }), 'g')
    expect(messageBytes(of(space))).toBe(MAX_MESSAGE_BYTES)
    expect(of(space).value).toHaveLength(space)
    expect(of(space + 1).value).toBeNull()
  })

  test('keeps key, headers and position, and states the size of the omitted value', () => {
    const value = new Uint8Array(MAX_MESSAGE_BYTES - 100)
    const letter = deadLetterOf(poison('no text', { ...message, value }), 'g')
    expect(letter).toMatchObject({ topic: 'booking-requests.dlq', partition: 2, key: message.key, value: null })
    expect(namesAndTexts(letter)).toEqual([
      ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
      ['x-error-reason', 'no text'],
      ['x-error-group', 'g'],
      ['x-original-topic', 'booking-requests'],
      ['x-original-partition', '2'],
      ['x-original-offset', '17'],
      ['x-attempts', '1'],
      ['x-value-omitted', String(MAX_MESSAGE_BYTES - 100)],
    ])
  })

  test('omits headers and key too if they are too large', () => {
    const huge: Message = {
      ...message,
      key: new Uint8Array(MAX_MESSAGE_BYTES),
      headers: [['h', new Uint8Array(MAX_MESSAGE_BYTES)]],
    }
    const letter = deadLetterOf(poison('no text', huge), 'g')
    expect(letter).toMatchObject({ key: null, value: null })
    expect(namesAndTexts(letter)).toEqual(
      expect.arrayContaining([
        ['x-original-offset', '17'],
        ['x-value-omitted', '2'],
        ['x-headers-omitted', String(MAX_MESSAGE_BYTES + 1)],
        ['x-key-omitted', String(MAX_MESSAGE_BYTES)],
      ]),
    )
    expect(messageBytes(letter)).toBeLessThan(1_000)
  })
})

test('decodeBatch separates readable, unreadable and ignored messages', () => {
  const at = (offset: number): Message => ({ ...message, offset })
  const { decoded, unreadable } = decodeBatch([at(1), at(2), at(3)], ({ offset }) => {
    if (offset === 2) throw new SyntaxError('half a message')
    return offset === 3 ? undefined : 'content'
  })
  expect(decoded).toEqual([{ message: at(1), content: 'content' }])
  expect(unreadable).toEqual([poison('SyntaxError: half a message', at(2))])
})

test('dead letters are reported once the log has them', async () => {
  const log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics([{ topic: 'booking-requests.dlq', partitions: 3 }])
  const reported: DeadLetter[] = []
  const send = deadLettersOf(log, 'g', (letter) => void reported.push(letter))
  await send([])
  expect(reported).toEqual([])
  await send([poison('no text')])
  const where = { topic: 'booking-requests', partition: 2, offset: 17 }
  expect(reported).toEqual([{ group: 'g', ...where, cause: 'unreadable', reason: 'no text' }])
  await log.close()
  await expect(send([poison('no text')])).rejects.toMatchObject({ code: 'closed' })
  expect(reported).toHaveLength(1)
})

test('dead letters are sent in calls that every log accepts', async () => {
  const log = openEmbeddedLog({ file: ':memory:', queueLimit: { messages: 1_000, bytes: 2 * MAX_MESSAGE_BYTES } })
  onTestFinished(() => log.close())
  await log.createTopics([{ topic: 'booking-requests.dlq', partitions: 3 }])
  const large = Array.from({ length: 4 }, (_, offset) => {
    return poison('no text', { ...message, offset, value: new Uint8Array(MAX_MESSAGE_BYTES - 1_000) })
  })
  const small = Array.from({ length: MAX_SEND + 1 }, (_, n) => poison('no text', { ...message, offset: 4 + n }))
  const reported: number[] = []
  await deadLettersOf(log, 'g', ({ offset }) => void reported.push(offset))([...large, ...small])
  expect(reported).toEqual([...large, ...small].map(({ message: { offset } }) => offset))
  expect(await log.bounds('booking-requests.dlq')).toContainEqual({ partition: 2, first: 0, end: reported.length })
})
