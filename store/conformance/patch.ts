import { beforeEach, describe, expect, test } from 'vitest'
import type { Change, Condition, Path, Store } from '../store.ts'

const before = { _id: 'a', n: 5, word: 'old', gone: null, deep: { x: 1, y: { z: true } }, list: [1, 2] }

export const patchPromises = (store: () => Store): void => {
  beforeEach(() => store().insert('things', before))

  const patched = async (change: Change): Promise<unknown> => {
    expect(await store().patch('things', 'a', change)).toBe(true)
    return store().get('things', 'a')
  }

  const refuse = async (change: Change, when?: Condition): Promise<void> => {
    await expect(store().patch('things', 'a', change, when)).rejects.toMatchObject({ code: 'invalid' })
    expect(await store().get('things', 'a')).toEqual(before)
  }

  test('sets values, deep ones too, and leaves the others', async () => {
    const set: Change['set'] = [
      [['word'], 'new'],
      [['deep', 'y', 'z'], [{ any: null }]],
      [['made', 'on', 'the', 'way'], 1],
    ]
    const deep = { x: 1, y: { z: [{ any: null }] } }
    expect(await patched({ set })).toEqual({ ...before, word: 'new', deep, made: { on: { the: { way: 1 } } } })
  })

  test('keeps a copy of what it was given', async () => {
    const list = [1]
    const done = store().patch('things', 'a', { set: [[['list'], list]] })
    list.push(2)
    await done
    expect(await store().get('things', 'a')).toEqual({ ...before, list: [1] })
  })

  test('unsets values; one that is missing already is no fault', async () => {
    const { word: _, ...rest } = before
    const unset = [['word'], ['deep', 'y'], ['none'], ['n', 'none'], ['deep', 'none', 'none']]
    expect(await patched({ unset })).toEqual({ ...rest, deep: { x: 1 } })
  })

  test('counts up and down, from 0 if missing', async () => {
    const inc: Change['inc'] = [
      [['n'], -7],
      [['deep', 'x'], 0.5],
      [['new', 'count'], 3],
    ]
    expect(await patched({ inc })).toEqual({ ...before, n: -2, deep: { x: 1.5, y: { z: true } }, new: { count: 3 } })
  })

  test('keeps the larger number; a missing one is smaller', async () => {
    const max: Change['max'] = [
      [['n'], 4],
      [['deep', 'x'], 9],
      [['new'], -3],
    ]
    expect(await patched({ max })).toEqual({ ...before, deep: { x: 9, y: { z: true } }, new: -3 })
  })

  test('does all of it at once', async () => {
    const { word: _, ...rest } = before
    const change: Change = { set: [[['s'], 1]], unset: [['word']], inc: [[['n'], 1]], max: [[['m', 'm'], 2]] }
    expect(await patched(change)).toEqual({ ...rest, s: 1, n: 6, m: { m: 2 } })
  })

  test('without anything to do leaves the document alone', async () => {
    expect(await patched({})).toEqual(before)
  })

  test('of a missing document is false, and creates it only on request', async () => {
    const change: Change = { set: [[['deep', 'x'], 1]], inc: [[['n'], 2]] }
    expect(await store().patch('things', 'b', change)).toBe(false)
    expect(await store().get('things', 'b')).toBeUndefined()
    expect(await store().patch('things', 'b', { ...change, upsert: true })).toBe(true)
    expect(await store().get('things', 'b')).toEqual({ _id: 'b', deep: { x: 1 }, n: 2 })
    expect(await store().patch('things', 'c', { upsert: true })).toBe(true)
    expect(await store().get('things', 'c')).toEqual({ _id: 'c' })
  })

  test('takes keys that mean something to JavaScript as ordinary data', async () => {
    const set: Change['set'] = [
      [['constructor'], 1],
      [['toString', 'valueOf'], 2],
      [['length'], 3],
      [['0'], 4],
    ]
    const expected = { _id: 'b', constructor: 1, toString: { valueOf: 2 }, length: 3, 0: 4 }
    expect(await store().patch('things', 'b', { set, upsert: true })).toBe(true)
    expect(await store().get('things', 'b')).toEqual(expected)
    expect(await store().patch('things', 'b', { set: [[['n'], 1]] }, { path: ['hasOwnProperty'], is: null })).toBe(true)
  })

  describe('condition', () => {
    const held: Condition[] = [
      { path: ['n'], is: 5 },
      { path: ['word'], is: 'old' },
      { path: ['deep', 'y', 'z'], is: true },
      { path: ['gone'], is: null },
      { path: ['none'], is: null },
      { path: ['none', 'at', 'all'], is: null },
      { path: ['n'], below: 6 },
      { path: ['none'], below: -1 },
    ]
    test.each(held)('%j holds', async (when) => {
      expect(await store().patch('things', 'a', { inc: [[['n'], 1]] }, when)).toBe(true)
      expect(await store().get('things', 'a')).toEqual({ ...before, n: 6 })
    })

    const failed: Condition[] = [
      { path: ['n'], is: 6 },
      { path: ['n'], is: '5' },
      { path: ['n'], is: null },
      { path: ['deep', 'x'], is: true },
      { path: ['none'], is: 0 },
      { path: ['none'], is: false },
      { path: ['n'], below: 5 },
      { path: ['n'], below: 4 },
      { path: ['word'], below: 5 },
    ]
    test.each(failed)('%j does not hold, and nothing is changed', async (when) => {
      expect(await store().patch('things', 'a', { inc: [[['n'], 1]], upsert: true }, when)).toBe(false)
      expect(await store().get('things', 'a')).toEqual(before)
    })

    test('on a missing document sees no values', async () => {
      const upsert: Change = { set: [[['n'], 1]], upsert: true }
      expect(await store().patch('things', 'b', upsert, { path: ['rev'], is: 1 })).toBe(false)
      expect(await store().get('things', 'b')).toBeUndefined()
      expect(await store().patch('things', 'b', { set: [[['n'], 1]] }, { path: ['rev'], is: null })).toBe(false)
      expect(await store().patch('things', 'b', upsert, { path: ['rev'], is: null })).toBe(true)
      expect(await store().patch('things', 'c', upsert, { path: ['rev'], below: 0 })).toBe(true)
      expect(await store().getMany('things', ['b', 'c'])).toHaveLength(2)
    })
  })

  describe('is invalid, and changes nothing,', () => {
    const badPaths: Path[] = [[], [''], ['a.b'], ['$set'], ['deep', '$x'], ['__proto__'], ['deep', '__proto__', 'x']]
    test.each(badPaths.map((path) => [path]))('with the path %j', async (path) => {
      await refuse({ set: [[path, 1]] })
      await refuse({ unset: [path] })
      await refuse({ inc: [[path, 1]] })
      await refuse({ max: [[path, 1]] })
      await refuse({ set: [[['n'], 1]] }, { path, is: null })
      await refuse({ set: [[['n'], 1]] }, { path, below: 1 })
    })

    test('with one path within another', async () => {
      await refuse({ set: [[['x', 'y'], 1]], unset: [['x']] })
      await refuse({ set: [[['n'], 1]], inc: [[['n'], 1]] })
      await refuse({ inc: [[['x'], 1]], max: [[['x', 'y', 'z'], 1]], set: [[['x-y'], 1]] })
    })

    test('with the id in it', async () => {
      await refuse({ set: [[['_id'], 'b']] })
      await refuse({ unset: [['_id']] })
    })

    test('where a value stands in the way', async () => {
      await refuse({ set: [[['word', 'x'], 1]] })
      await refuse({ set: [[['gone', 'x'], 1]] })
      await refuse({ set: [[['new'], 1]], inc: [[['word'], 1]] })
    })

    test('where the count is not a number', async () => {
      await refuse({ inc: [[['n'], Number.NaN]] })
      await refuse({ max: [[['n'], Number.POSITIVE_INFINITY]] })
    })
  })
}
