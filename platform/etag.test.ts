import { describe, expect, test } from 'vitest'
import { etagOf, isKnown, versionsIn } from './etag.ts'

describe('If-None-Match', () => {
  test.each(['"3"', 'W/"3"', '"1", "3"', '"1",W/"3",', ' , "a,b" ,\t"3" ', '*', ' * '])(
    '%j has version 3',
    (header) => {
      expect(isKnown(header, etagOf(3))).toBe(true)
    },
  )

  test.each([undefined, '', '"33"', '"1", "2"', '3', "'3'", '"3', '3"', 'w/"3"', 'W/ "3"', '"3" "4"', '"*"', '"3";'])(
    '%j does not have version 3',
    (header) => {
      expect(isKnown(header, etagOf(3))).toBe(false)
    },
  )

  test('takes as long for a malformed list as for another of its length', () => {
    const started = performance.now()
    expect(isKnown(`${'"1" ,'.repeat(50_000)}x`, etagOf(1))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('If-Match', () => {
  test.each<[string | undefined, number[] | '*']>([
    [undefined, '*'],
    ['*', '*'],
    ['"3"', [3]],
    ['"3", "5"', [3, 5]],
    ['"3", W/"4", "abc", "5"', [3, 5]],
    ['W/"3"', []],
    ['3', []],
    ['"3" "4"', []],
    ['', []],
    [`"${'9'.repeat(16)}"`, []],
  ])('%j names the versions %j', (header, versions) => {
    expect(versionsIn(header)).toEqual(versions)
  })
})
