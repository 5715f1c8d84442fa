import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALLOWED } from '../scripts/prose/allowed.ts'
import { faultsIn, placeOf, proseFaults, readTexts } from '../scripts/prose/prose.ts'
import { PHRASES } from '../scripts/prose/phrases.ts'

const ROOT = join(import.meta.dirname, '..')

const linesOf = (path: string, text: string): string[] => faultsIn({ path, text }).map((fault) => fault.split(': ')[0]!)

test('no prose uses a refused phrase, except in places that are not clean yet', () => {
  const texts = readTexts(ROOT)
  expect(texts.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', '.env.example', 'domain/booking.ts']),
  )
  expect(proseFaults(texts, ALLOWED)).toEqual([])
})

describe('a refused phrase', () => {
  test.each([
    ['a comment', 'a/x.ts', `const a = 1\n// Whoever asks is answered`],
    ['a block comment', 'a/x.ts', `const a = 1\n/** For whoever asks. */`],
    ['a string of several words', 'a/x.ts', `const a = 1\nconst b = 'the token that is none'`],
    ['a template', 'a/x.ts', 'const a = 1\nconst b = `${a} mends it`'],
    ['plain JavaScript', 'a/x.mjs', `\n// starts anew`],
    ['Markdown', 'README.md', `# A\nThe reader is told of it`],
    ['a comment of YAML', 'k8s/x.yaml', `a: 1\nb: 2 # starts anew`],
    ['a comment of .env.example', '.env.example', `A=1\n# for nobody`],
  ])('is found in %s, with its line', (_, path, text) => {
    expect(linesOf(path, text)).toEqual([`${path}:2`])
  })

  test.each([
    ['an identifier', 'a/x.ts', `const mend = 1\nconst finding = { mend, whoever: mend }`],
    ['a string of one word', 'a/x.ts', `const a = 'mend'`],
    ['code in a comment', 'a/x.ts', '// `finding.mend` is shown'],
    ['code in Markdown', 'README.md', 'Use `mend`.\n```sh\nmend --anew\n```'],
    ['a value of YAML', 'k8s/x.yaml', 'name: mend\nother: "mend it"'],
    ['a longer word', 'a/x.ts', '// amended, Bearer'],
  ])('does not count in %s', (_, path, text) => {
    expect(linesOf(path, text)).toEqual([])
  })

  test('comes with its replacement', () => {
    expect(faultsIn({ path: 'a/x.ts', text: '// starts anew' })).toEqual(['a/x.ts:1: "anew": again'])
    for (const { instead } of PHRASES) expect(instead).not.toBe('')
  })
})

describe('the list of places that are not clean', () => {
  const faulty = { path: 'a/b/c/x.ts', text: '// anew' }
  const clean = { path: 'a/b/y.ts', text: '// again' }

  test('names folders by two levels, and files of the root', () => {
    expect(['a/b/c/x.ts', 'a/b/x.ts', 'a/x.ts', 'x.md'].map(placeOf)).toEqual(['a/b', 'a/b', 'a', 'x.md'])
  })

  test('excuses the faults of a place', () => {
    expect(proseFaults([faulty, clean], ['a/b'])).toEqual([])
    expect(proseFaults([faulty, clean], [])).toEqual(['a/b/c/x.ts:1: "anew": again'])
  })

  test('must lose a place that has become clean', () => {
    expect(proseFaults([clean], ['a/b'])).toEqual(['a/b is clean now: remove it from scripts/prose/allowed.ts'])
  })
})
