import { describe, expect, it } from 'vitest'
import { Line, Name, OptionalProse, Prose } from './text.ts'

const KINDS = [
  ['a line', Line(100)],
  ['a name', Name(100)],
  ['prose', Prose(100)],
  ['optional prose', OptionalProse(100)],
] as const

describe.each(KINDS)('%s', (_, text) => {
  it.each([
    'Ein Bett',
    'سرير',
    'می\u200cخواهم', // Persian needs the non-joiner
    'क\u094d\u200dष', // a half form of Devanagari needs the joiner, also at the end of a word
    'श\u094d\u200d',
    '子供用ベッド',
    '👩‍👩‍👧',
    '🧑🏿‍🤝‍🧑🏻',
    '🏳️‍🌈 ❤️‍🔥 👩‍🦰',
    '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', // England
    'e\u0301 葛\u{e0100}',
  ])('may be in any script: %j', (some) => {
    expect(text.parse(some)).toBe(some)
  })

  it.each([
    ['a control', 'nul\u0000'],
    ['a control', 'a\ttab'],
    ['a control', 'escape\u001b[31m'],
    ['a control', 'delete\u007f'],
    ['a control', 'next line\u0085!'],
    ['a separator', 'a\u2028b'],
    ['a separator', 'a\u2029b'],
    ['an unpaired surrogate', 'a\ud800b'],
    ['an unpaired surrogate', 'a\udc00b'],
    ...['\u061c', '\u200e', '\u200f'].map((mark) => ['a direction mark', `a${mark}b`]),
    ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e'].map((mark) => ['an embedding', `a${mark}b`]),
    ...['\u2066', '\u2067', '\u2068', '\u2069'].map((mark) => ['an isolate', `a${mark}b`]),
    ...['\u00ad', '\u200b', '\u2060', '\u2063', '\ufeff', '\u3164'].map((none) => ['an invisible one', `a${none}b`]),
    ['a stray joiner', 'ad\u200dmin'],
    ['a stray non-joiner', 'ad\u200cmin'],
    ['a stray joiner', '\u200d'],
    ['a stray joiner', '👩\u200d!'],
    ['a stray non-joiner', '👩\u200c👧'],
    ['a stray tag', 'a\u{e0062}'],
  ])('must not hold %s: %j', (_, some) => {
    expect(text.safeParse(some).success).toBe(false)
  })
})

describe.each([
  ['a line', Line(100)],
  ['a name', Name(100)],
])('%s', (_, text) => {
  it.each(['two\nlines', 'two\r\nlines', 'two\rlines'])('has no line breaks: %j', (some) => {
    expect(text.safeParse(some).success).toBe(false)
  })
})

describe('a name', () => {
  it('is trimmed', () => {
    expect(Name(7).parse('\ufeff\n  A cot\u00a0 ')).toBe('A cot')
  })

  it('has a length limit that ignores surrounding blanks', () => {
    expect(Name(3).safeParse('  abc  ').success).toBe(true)
    expect(Name(3).safeParse('abcd').success).toBe(false)
  })

  it('counts a character outside the Basic Multilingual Plane as one, as JSON Schema does', () => {
    expect(Name(3).safeParse('👩👩👩').success).toBe(true)
    expect(Name(3).safeParse('👩👩👩👩').success).toBe(false)
  })
})

describe('prose', () => {
  it.each(['one\ntwo\n\nthree', 'one\r\ntwo\r\n\r\nthree', 'one\rtwo\r\rthree\r\n'])('ends lines alike: %j', (some) => {
    expect(Prose(100).parse(some)).toBe('one\ntwo\n\nthree')
  })
})

it.each(['', '   ', '\n', '\ufeff'])('a required text is missing when it is %j', (blank) => {
  expect(Name(100).safeParse(blank).success).toBe(false)
  expect(Prose(100).safeParse(blank).success).toBe(false)
  expect(OptionalProse(100).parse(blank)).toBe('')
})
