import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeCursor, encodeCursor, indexFor } from './query.ts'

const RANK = { by: 'rank' }

test('a cursor decodes to the page end that it encodes', () => {
  const value = fc.oneof(fc.constant(null), fc.string(), fc.boolean(), fc.integer())
  fc.assert(
    fc.property(fc.record({ value, id: fc.string() }), (place) => {
      expect(decodeCursor(encodeCursor(place, RANK), RANK)).toEqual(place)
    }),
  )
})

test.each([{ by: 'name' }, { by: 'rank', descending: true }])('rejects a cursor of another order: %j', (order) => {
  const cursor = encodeCursor({ value: 1, id: 'a' }, RANK)
  expect(() => decodeCursor(cursor, order)).toThrow('The cursor is not valid')
})

test('rejects every text that is not a cursor', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor(text, RANK)).toThrow('The cursor is not valid: use `next` of the page before.')
    }),
  )
})

test('finds the index with the fields of the query, in any order', () => {
  const indexes = [['rank'], ['owner', 'status', 'rank'], ['owner', 'rank']]
  const answer = (...fields: string[]) =>
    indexFor({ indexes }, { where: Object.fromEntries(fields.map((f) => [f, 1])), order: { by: 'rank' }, limit: 1 })
  expect(answer()).toEqual(['rank'])
  expect(answer('owner')).toEqual(['owner', 'rank'])
  expect(answer('status', 'owner')).toEqual(['owner', 'status', 'rank'])
  expect(() => answer('status')).toThrow('No index supports where [status] ordered by rank.')
  expect(() => answer('rank')).toThrow('No index supports where [rank] ordered by rank.')
})
