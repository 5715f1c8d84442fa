import { expect, test } from 'vitest'
import { formatId, LogIdentity, parseId, type StreamId } from './position.ts'

const cases: [string, StreamId | null][] = [
  ['12.0.7', { vector: [12, 0, 7] }],
  ['12.0.7-0a1b2c3d', { vector: [12, 0, 7], tag: '0a1b2c3d' }],
  ['1.2', null],
  ['1.2.3.4', null],
  ['1.2.-3', null],
  ['1.2.3-xyz', null],
  ['', null],
]

test.each(cases)('the id %j is parsed', (text, id) => {
  expect(parseId(text, 3)).toEqual(id)
  if (id) expect(formatId(id.vector, id.tag)).toBe(text)
})

const message = (partition: number, text: string) => ({ partition, value: Buffer.from(text), timestamp: 1 })

test('the tag of a position stays the same while the log grows', () => {
  const identity = new LogIdentity(3)
  expect(identity.tagOf([0, 0, 0])).toBeUndefined()
  identity.note(message(0, 'first'))
  const before = identity.tagOf([1, 0, 0])
  identity.note(message(0, 'second'))
  identity.note(message(1, 'first'))
  expect(identity.tagOf([1, 0, 0])).toBe(before)
  expect(identity.tagOf([9, 0, 0])).toBe(before)
  expect(identity.tagOf([9, 1, 0])).not.toBe(before)
})

test('a log with another first message has another tag', () => {
  const tags = ['one', 'two'].map((text) => {
    const identity = new LogIdentity(1)
    identity.note(message(0, text))
    return identity.tagOf([1])
  })
  expect(tags[0]).not.toBe(tags[1])
})
