import { expect, test } from 'vitest'
import { queryFaults } from './query.ts'

const KNOWN = ['limit', 'cursor']
const faultsOf = (search: string) =>
  queryFaults(`http://a/b${search}`, KNOWN).map(({ name, what }) => `${name} ${what}`)

test.each(['', '?', '?&', '?limit=1', '?cursor=a&limit=', '?%6cimit=1', '?limit'])('%j has no faults', (search) => {
  expect(faultsOf(search)).toEqual([])
})

test.each([
  ['?satus=x&limit=1', ['satus is not a known parameter']],
  ['?Limit=1', ['Limit is not a known parameter']],
  ['?limit[]=1&=x', ['limit[] is not a known parameter', ' is not a known parameter']],
  ['?limit=1&cursor=a&limit=1', ['limit must be given once']],
  ['?a=1&a=2', ['a is not a known parameter']],
  ['?limit=1?cursor=a&__proto__=1', ['__proto__ is not a known parameter']],
])('%j has the faults %j', (search, faults) => {
  expect(faultsOf(search)).toEqual(faults)
})
