import * as fc from 'fast-check'

/** For tests only: it holds for every value, as far as so many can tell. A failure prints the seed and the least value. */
export function forAll<T>(values: fc.Arbitrary<T>, holds: (value: T) => void, numRuns = 300): void {
  fc.assert(
    fc.property(values, (value) => {
      holds(value)
    }),
    { numRuns },
  )
}
