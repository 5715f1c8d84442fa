import { describe, expect, test } from 'vitest'
import type { Message } from '#log/log.ts'
import { deadLetterOf, sift } from './dead-letters.ts'

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

describe('a dead letter', () => {
  const letter = deadLetterOf({ message, reason: 'no text' }, 'booking-decisions')

  test('has the original bytes, in the original partition', () => {
    expect(letter).toMatchObject({
      topic: 'booking-requests.dlq',
      partition: 2,
      key: message.key,
      value: message.value,
    })
  })

  test('says why, for whom, where and how often, beside what the message said', () => {
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

  test('that was sent on its way again counts its ways, and tells of the last', () => {
    const again: Message = {
      ...message,
      offset: 30,
      headers: letter.headers!.map(([name, value]) => [name, bytes(text(value))]),
    }
    const { headers } = deadLetterOf({ message: again, reason: 'still no text' }, 'booking-decisions')
    const told = headers!.map(([name, value]) => [name, text(value)])
    expect(told).toHaveLength(letter.headers!.length)
    expect(told).toEqual(
      expect.arrayContaining([
        ['x-error-reason', 'still no text'],
        ['x-original-offset', '30'],
        ['x-attempts', '2'],
      ]),
    )
  })

  test.each(['', '-1', 'often', '1e9', '99999999'])('begins to count where others have written %j', (value) => {
    const foreign: Message = { ...message, headers: [['x-attempts', bytes(value)]] }
    const { headers } = deadLetterOf({ message: foreign, reason: 'no text' }, 'g')
    expect(headers!.filter(([name]) => name === 'x-attempts')).toEqual([['x-attempts', '1']])
  })
})

test('what cannot be decoded is poison with its reason, what is not for us is nothing', () => {
  const at = (offset: number): Message => ({ ...message, offset })
  const { good, poison } = sift([at(1), at(2), at(3)], ({ offset }) => {
    if (offset === 2) throw new SyntaxError('half a message')
    return offset === 3 ? undefined : 'content'
  })
  expect(good).toEqual([{ message: at(1), content: 'content' }])
  expect(poison).toEqual([{ message: at(2), reason: 'SyntaxError: half a message' }])
})
