import { describe, expect, it } from 'vitest'
import { OptionalText, Text } from './text.ts'

describe('text', () => {
  it('is trimmed', () => {
    expect(Text(7).parse('\n  A cot\u00a0 ')).toBe('A cot')
  })

  it('may be in any script', () => {
    for (const text of ['Ein Bett', 'رير', '子供用ベッド', '👩‍👩‍👧']) expect(Text(100).parse(text)).toBe(text)
  })

  it.each(['two\nlines', 'a\ttab', 'nul\u0000', 'escape\u001b[31m', 'delete\u007f', 'next line\u0085!'])(
    'must not have control characters: %j',
    (text) => {
      expect(Text(100).safeParse(text).success).toBe(false)
      expect(OptionalText(100).safeParse(text).success).toBe(false)
    },
  )

  it('has a length limit that ignores surrounding blanks', () => {
    expect(Text(3).safeParse('  abc  ').success).toBe(true)
    expect(Text(3).safeParse('abcd').success).toBe(false)
  })

  it.each(['', '   ', '\n'])('is missing when it is %j', (blank) => {
    expect(Text(100).safeParse(blank).success).toBe(false)
    expect(OptionalText(100).parse(blank)).toBe('')
  })
})
