import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { namedConditions } from '../scripts/architecture/conditions.ts'
import { readSources } from '../scripts/architecture/sources.ts'
import { TABLES } from '../scripts/architecture/tables.ts'

const inFile = (path: string, text: string): string[] => namedConditions([{ path, text }], TABLES)

test('no condition outside the tables names a kind, a policy, a cancellation policy or a dialect', () => {
  const sources = readSources(join(import.meta.dirname, '..'))
  expect(sources.map(({ path }) => path)).toContain('domain/listing/request.ts')
  expect(namedConditions(sources, TABLES)).toEqual([])
})

describe('a planted condition', () => {
  test.each([
    ['a comparison', `if (kind === 'flight') fly()`, `the kind 'flight' belongs in domain/kinds.ts`],
    [
      'a comparison the other way round',
      `if ('flight' !== kind) stay()`,
      `the kind 'flight' belongs in domain/kinds.ts`,
    ],
    ['a loose comparison', `if (kind == 'car') drive()`, `the kind 'car' belongs in domain/kinds.ts`],
    ['a template', 'if (kind === `hotel`) sleep()', `the kind 'hotel' belongs in domain/kinds.ts`],
    ['a cast', `if (kind === ('stay' as Kind)) stay()`, `the kind 'stay' belongs in domain/kinds.ts`],
    ['a conditional expression', `const a = kind === 'car' ? 1 : 2`, `the kind 'car' belongs in domain/kinds.ts`],
    ['a filter', `list.filter(({ kind }) => kind === 'stay')`, `the kind 'stay' belongs in domain/kinds.ts`],
    ['a case', `switch (kind) { case 'flight': fly() }`, `the kind 'flight' belongs in domain/kinds.ts`],
    ['a list', `if (['flight', 'car'].includes(kind)) go()`, `the kind 'flight' belongs in domain/kinds.ts`],
    ['a set', `const MOVES = new Set(['flight', 'car'])`, `the kind 'flight' belongs in domain/kinds.ts`],
    ['a pattern', `if (/^(flight|car)$/.test(kind)) go()`, `the kind 'flight' belongs in domain/kinds.ts`],
    ['an object on the spot', `const unit = { flight: 'seat' }[kind]`, `the kind 'flight' belongs in domain/kinds.ts`],
    ['a policy', `if (policy === 'instant') go()`, `the policy 'instant' belongs in domain/policies.ts`],
    [
      'a policy of two',
      `listing.confirmationPolicy === 'owner+payment'`,
      `the policy 'owner+payment' belongs in domain/policies.ts`,
    ],
    [
      'a policy like a role',
      `listing.confirmationPolicy === 'owner'`,
      `the policy 'owner' belongs in domain/policies.ts`,
    ],
    [
      'the start of a policy',
      `confirmationPolicy.startsWith('owner')`,
      `the policy 'owner' belongs in domain/policies.ts`,
    ],
    [
      'a case of a policy',
      `switch (policy) { case 'payment': pay() }`,
      `the policy 'payment' belongs in domain/policies.ts`,
    ],
    ['a set of policies', `const POLICIES = new Set(['owner'])`, `the policy 'owner' belongs in domain/policies.ts`],
    [
      'a cancellation policy',
      `if (listing.cancellationPolicy === 'strict') keep()`,
      `the cancellation policy 'strict' belongs in domain/cancellation.ts`,
    ],
    ['a dialect', `if (booking.dialect === 'airbnb') go()`, `the dialect 'airbnb' belongs in domain/dialects/`],
    ['our own dialect', `const isOurs = dialect === 'v1'`, `the dialect 'v1' belongs in domain/dialects/`],
  ])('is found in %s', (_, text, complaint) => {
    expect(inFile('edge/planted.ts', `\n${text}`)).toEqual([`edge/planted.ts:2: a condition on ${complaint}`])
  })

  test.each([
    ['domain/kinds.ts', `kind === 'flight'`],
    ['domain/policies.ts', `policy === 'instant'`],
    ['domain/dialects/registry.ts', `dialect === 'v1'`],
    ['domain/listing/decide.test.ts', `kind === 'flight'`],
    ['domain/testing/naive-listing.ts', `policy === 'instant'`],
  ])('may stand in %s', (path, text) => {
    expect(inFile(path, text)).toEqual([])
  })

  test.each([
    `role === 'owner'`,
    `parties(it).includes('owner')`,
    `const listing = { kind: 'flight' }`,
    `open('flight')`,
  ])('is not seen in %s', (text) => {
    expect(inFile('edge/planted.ts', text)).toEqual([])
  })
})
