import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasMoreValues } from './json-values.ts'

/** Values as the limit counts them: names count, and an empty list or object counts as two. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  const inside = Array.isArray(value) ? value : Object.entries(value).flat()
  return (
    1 +
    Math.max(
      1,
      inside.reduce((sum: number, one: unknown) => sum + valuesIn(one), 0),
    )
  )
}

test('values are counted without regard to what stands in texts', () => {
  const texts = fc.oneof(fc.string(), fc.constantFrom('\\', '"', '\\"', ',,,', '[{:', '\\\\"[,'))
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, texts, fc.integer(), tie('list'), tie('object')),
    list: fc.array(tie('value')),
    object: fc.dictionary(texts, tie('value')),
  })).value
  fc.assert(
    fc.property(json, fc.boolean(), (value, isIndented) => {
      const bytes = Buffer.from(JSON.stringify(value, null, isIndented ? 2 : 0))
      const values = valuesIn(value)
      expect(hasMoreValues(bytes, values)).toBe(false)
      if (values > 1) expect(hasMoreValues(bytes, values - 1)).toBe(true)
    }),
  )
})

test.each(['"'.repeat(101), `"${'\\'.repeat(100)}`, '[[[[[', ''])(
  '%j is not JSON, and is counted to its end',
  (text) => {
    expect(hasMoreValues(Buffer.from(text), 100)).toBe(false)
  },
)
