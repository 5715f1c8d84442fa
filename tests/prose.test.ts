import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { proseFaults, readTexts } from '../scripts/prose/prose.ts'
import { PHRASES } from '../scripts/prose/phrases.ts'

const ROOT = join(import.meta.dirname, '..')

const linesOf = (path: string, text: string): string[] =>
  proseFaults({ path, text }).map((fault) => fault.split(': ')[0]!)

test('no prose uses a refused phrase', () => {
  const texts = readTexts(ROOT)
  expect(texts.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', '.env.example', 'domain/booking.ts']),
  )
  expect(texts.flatMap(proseFaults)).toEqual([])
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
  ])('is allowed in %s', (_, path, text) => {
    expect(linesOf(path, text)).toEqual([])
  })

  test('comes with its replacement', () => {
    expect(proseFaults({ path: 'a/x.ts', text: '// starts anew' })).toEqual(['a/x.ts:1: "anew": again'])
    for (const { instead } of PHRASES) expect(instead).not.toBe('')
  })
})
