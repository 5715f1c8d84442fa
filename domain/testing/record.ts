import * as fc from 'fast-check'

/** For tests only: objects with the usual prototype, so that strict comparison works. */
export const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true })

/** Adds a random selection of the optional fields. */
export const recordWith = <T extends object, O>(
  fields: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: { [K in keyof O]: fc.Arbitrary<O[K]> },
): fc.Arbitrary<T & Partial<O>> =>
  fc
    .tuple(record(fields), fc.record(optional, { requiredKeys: [], noNullPrototype: true }))
    .map(([all, some]) => Object.assign(all, some) as T & Partial<O>)
