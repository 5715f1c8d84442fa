import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyChange, checkChange, holds } from './change.ts'
import type { Change, Doc } from './store.ts'

const changed = (doc: Doc, change: Change): Doc => {
  const copy = structuredClone(doc)
  checkChange(change)
  applyChange(copy, change)
  return copy
}

describe('a change', () => {
  test('sets a value that is found there, for every key', () => {
    const key = fc.oneof(fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'a', '0'), fc.string())
    const usable = key.filter((key) => key !== '' && !/^\$|\./.test(key) && key !== '__proto__' && key !== '_id')
    fc.assert(
      fc.property(fc.array(usable, { minLength: 1, maxLength: 4 }), fc.integer(), (path, value) => {
        const doc = changed({ _id: 'a' }, { set: [[path, value]] })
        expect(holds({ path, is: value }, doc)).toBe(true)
        expect(changed(doc, { unset: [path] })).not.toEqual(doc)
      }),
    )
  })

  test('never reaches a prototype', () => {
    const polluting = ['__proto__', 'polluted']
    expect(() => checkChange({ set: [[polluting, true]] })).toThrow(/"__proto__"/)
    changed({ _id: 'a' }, { set: [[['constructor', 'prototype', 'polluted'], true]] })
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test.each([
    [['a'], ['a', 'b'], true],
    [['a', 'b'], ['a'], true],
    [['a'], ['a'], true],
    [['a', 'b', 'c'], ['a'], true],
    [['a'], ['ab'], false],
    [['a', 'b'], ['a', 'c'], false],
    [['a-b'], ['a'], false],
    [['a', 'b'], ['b'], false],
  ])('of %j and %j overlaps: %j', (one, other, overlaps) => {
    const between = [['a!'], ['a b'], ['zz']]
    const check = (): void => checkChange({ set: [[one, 1]], unset: [other, ...between] })
    if (overlaps) expect(check).toThrow(/Two paths of the change overlap at/)
    else expect(check).not.toThrow()
  })

  test('names the path that cannot be changed', () => {
    expect(() => changed({ _id: 'a', n: 'text' }, { inc: [[['n'], 1]] })).toThrow('The value at n is not a number')
    expect(() => changed({ _id: 'a', n: [] }, { set: [[['n', '0'], 1]] })).toThrow('n.0 passes through a value')
  })

  test('keeps the larger number in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (numbers) => {
        const last = numbers.reduce<Doc>((doc, n) => changed(doc, { max: [[['n'], n]] }), { _id: 'a' })
        expect(last['n']).toBe(numbers.toSorted((a, b) => a - b).at(-1))
      }),
    )
  })
})
