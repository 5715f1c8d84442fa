import { beforeEach, describe, expect, test } from 'vitest'
import type { Change, Condition, Path, Store } from '../store.ts'

const before = { _id: 'a', n: 5, word: 'old', gone: null, deep: { x: 1, y: { z: true } }, list: [1, 2] }

export const patchPromises = (store: () => Store): void => {
  beforeEach(() => store().insert('things', before))

  const patched = async (change: Change): Promise<unknown> => {
    expect(await store().patch('things', 'a', change)).toBe(true)
    return store().get('things', 'a')
  }

  const expectRejected = async (change: Change, when?: Condition): Promise<void> => {
    await expect(store().patch('things', 'a', change, when)).rejects.toMatchObject({ code: 'invalid' })
    expect(await store().get('things', 'a')).toEqual(before)
  }

  test('sets values at any depth and keeps the others', async () => {
    const set: Change['set'] = [
      [['word'], 'new'],
      [['deep', 'y', 'z'], [{ any: null }]],
      [['made', 'on', 'the', 'way'], 1],
    ]
    const deep = { x: 1, y: { z: [{ any: null }] } }
    expect(await patched({ set })).toEqual({ ...before, word: 'new', deep, made: { on: { the: { way: 1 } } } })
  })

  test('stores a copy of the given values', async () => {
    const list = [1]
    const done = store().patch('things', 'a', { set: [[['list'], list]] })
    list.push(2)
    await done
    expect(await store().get('things', 'a')).toEqual({ ...before, list: [1] })
  })

  test('unsets values, also missing ones', async () => {
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

  test('keeps the larger number; any number replaces a missing one', async () => {
    const max: Change['max'] = [
      [['n'], 4],
      [['deep', 'x'], 9],
      [['new'], -3],
    ]
    expect(await patched({ max })).toEqual({ ...before, deep: { x: 9, y: { z: true } }, new: -3 })
  })

  test('applies all parts of a change at once', async () => {
    const { word: _, ...rest } = before
    const change: Change = { set: [[['s'], 1]], unset: [['word']], inc: [[['n'], 1]], max: [[['m', 'm'], 2]] }
    expect(await patched(change)).toEqual({ ...rest, s: 1, n: 6, m: { m: 2 } })
  })

  test('without changes leaves the document as it is', async () => {
    expect(await patched({})).toEqual(before)
  })

  test('of a missing document returns false; with `upsert` it creates the document', async () => {
    const change: Change = { set: [[['deep', 'x'], 1]], inc: [[['n'], 2]] }
    expect(await store().patch('things', 'b', change)).toBe(false)
    expect(await store().get('things', 'b')).toBeUndefined()
    expect(await store().patch('things', 'b', { ...change, upsert: true })).toBe(true)
    expect(await store().get('things', 'b')).toEqual({ _id: 'b', deep: { x: 1 }, n: 2 })
    expect(await store().patch('things', 'c', { upsert: true })).toBe(true)
    expect(await store().get('things', 'c')).toEqual({ _id: 'c' })
  })

  test('treats keys with a meaning in JavaScript as data', async () => {
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
    test.each(failed)('%j does not hold and changes nothing', async (when) => {
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

  describe('is rejected and changes nothing', () => {
    const badPaths: Path[] = [[], [''], ['a.b'], ['$set'], ['deep', '$x'], ['__proto__'], ['deep', '__proto__', 'x']]
    test.each(badPaths.map((path) => [path]))('with the path %j', async (path) => {
      await expectRejected({ set: [[path, 1]] })
      await expectRejected({ unset: [path] })
      await expectRejected({ inc: [[path, 1]] })
      await expectRejected({ max: [[path, 1]] })
      await expectRejected({ set: [[['n'], 1]] }, { path, is: null })
      await expectRejected({ set: [[['n'], 1]] }, { path, below: 1 })
    })

    test('with one path within another', async () => {
      await expectRejected({ set: [[['x', 'y'], 1]], unset: [['x']] })
      await expectRejected({ set: [[['n'], 1]], inc: [[['n'], 1]] })
      await expectRejected({ inc: [[['x'], 1]], max: [[['x', 'y', 'z'], 1]], set: [[['x-y'], 1]] })
    })

    test('when it changes the id', async () => {
      await expectRejected({ set: [[['_id'], 'b']] })
      await expectRejected({ unset: [['_id']] })
    })

    test('when a path leads through a value that is not an object', async () => {
      await expectRejected({ set: [[['word', 'x'], 1]] })
      await expectRejected({ set: [[['gone', 'x'], 1]] })
      await expectRejected({ set: [[['new'], 1]], inc: [[['word'], 1]] })
    })

    test('when the count is not a number', async () => {
      await expectRejected({ inc: [[['n'], Number.NaN]] })
      await expectRejected({ max: [[['n'], Number.POSITIVE_INFINITY]] })
    })
  })
}
