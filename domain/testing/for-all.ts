import * as fc from 'fast-check'

/** For tests only: checks `numRuns` generated values. A failure prints the seed and the smallest failing value. */
export function forAll<T>(values: fc.Arbitrary<T>, holds: (value: T) => void, numRuns = 300): void {
  fc.assert(
    fc.property(values, (value) => {
      holds(value)
    }),
    { numRuns },
  )
}
