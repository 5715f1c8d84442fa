import { expect, it } from 'vitest'
import { MAX_WAIT, preferencesIn } from './prefer.ts'

it.each([
  ['wait=5', 5],
  ['Wait = 5', 5],
  ['wait="5"', 5],
  ['respond-async, wait=5', 5],
  ['wait=5;foo=bar, handling=lenient', 5],
  ['wait=0', 0],
  ['wait=100000', MAX_WAIT],
])('a wait preference is read within its limits: %s', (prefer, wait) => {
  expect(preferencesIn(prefer)).toStrictEqual({ wait })
})

it.each([undefined, '', 'respond-async', 'wait', 'wait=', 'wait=-1', 'wait=1.5', 'wait=soon', 'await=5'])(
  'an unknown preference is ignored: %s',
  (prefer) => {
    expect(preferencesIn(prefer)).toStrictEqual({})
  },
)
