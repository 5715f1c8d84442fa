import { expect, test } from 'vitest'
import type { Needing, TestDatabase } from './conformance.ts'
import type { Doc, Store } from '../store.ts'

const NEXT = 'things-next'

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `d${String(i).padStart(3, '0')}`)

const IDS = idsOf(4)

/** So many that a driver may need several commands to read them. */
const MANY = idsOf(120)

interface Thing extends Doc {
  build: string
  rank: number
}

const fill = (store: Store, collection: string, build: string, ids = IDS): Promise<boolean[]> =>
  Promise.all(ids.map((id, rank) => store.insert(collection, { _id: id, build, rank, owner: 'o' })))

/** How many documents a reader finds, and of which builds. */
const buildsIn = (docs: readonly Thing[]): string =>
  `${docs.length} of ${[...new Set(docs.map(({ build }) => build))].sort().join('+')}`

const inOrder = { where: { owner: 'o' }, order: { by: 'rank' }, limit: 100 }

export const replacePromises = ({ store, reopen, openBeside }: TestDatabase, needing: Needing): void => {
  const built = async (build = 'new', ids = IDS): Promise<void> => {
    await store().createCollection(NEXT, 'things')
    await fill(store(), NEXT, build, ids)
  }

  test('has the indexes of the original and separate documents', async () => {
    await store().insert('things', { _id: 'a', rank: 1 })
    await built()
    const { docs } = await store().scan<Thing>(NEXT, inOrder)
    expect(docs.map(({ _id: id }) => id)).toEqual(IDS)
    expect(await store().get(NEXT, 'a')).toBeUndefined()
    expect(await store().get('things', IDS[0]!)).toBeUndefined()
  })

  test('keeps its documents when it is created again', async () => {
    await built()
    await store().createCollection(NEXT, 'things')
    expect(await store().get(NEXT, IDS[0]!)).toMatchObject({ build: 'new' })
  })

  test('replaces the original, indexes included, and no longer exists by its own name', async () => {
    await fill(store(), 'things', 'old')
    await store().insert('things', { _id: 'only old', build: 'old', rank: 1 })
    await built()
    expect(await store().replaceCollection(NEXT, 'things')).toBe(true)
    expect(buildsIn(await store().getMany<Thing>('things', [...IDS, 'only old']))).toBe('4 of new')
    expect(buildsIn((await store().scan<Thing>('things', inOrder)).docs)).toBe('4 of new')
    await expect(store().get(NEXT, IDS[0]!)).rejects.toMatchObject({ code: 'invalid' })
    await store().patch('things', IDS[0]!, { set: [[['build'], 'patched']] })
    expect(await store().get('things', IDS[0]!)).toMatchObject({ build: 'patched' })
  })

  test('replaces an empty collection', async () => {
    await built()
    expect(await store().replaceCollection(NEXT, 'others')).toBe(true)
    expect(await store().get('others', IDS[0]!)).toMatchObject({ build: 'new' })
  })

  test.each(['things', 'others'])('replaces %s with an empty collection', async (name) => {
    await fill(store(), name, 'old')
    await store().createCollection(NEXT, name)
    expect(await store().replaceCollection(NEXT, name)).toBe(true)
    expect(await store().getMany(name, IDS)).toEqual([])
    expect(await store().replaceCollection(NEXT, name)).toBe(false)
    expect(await store().insert(name, { _id: IDS[0]!, build: 'new' })).toBe(true)
  })

  test('replaces nothing when it does not exist, so that a repetition is safe', async () => {
    await built()
    expect(await store().replaceCollection(NEXT, 'things')).toBe(true)
    expect(await store().replaceCollection(NEXT, 'things')).toBe(false)
    expect(await store().replaceCollection('never-created', 'things')).toBe(false)
    expect(buildsIn(await store().getMany<Thing>('things', IDS))).toBe('4 of new')
  })

  test('replaces the original again and again', async () => {
    for (const build of ['first', 'second']) {
      await built(build)
      expect(await store().replaceCollection(NEXT, 'things')).toBe(true)
      expect(buildsIn(await store().getMany<Thing>('things', IDS))).toBe(`4 of ${build}`)
    }
  })

  test('replaces the original for every reader at one instant', async () => {
    await fill(store(), 'things', 'old', MANY)
    await built('new', MANY)
    const { next: cursor = '' } = await store().scan('things', { ...inOrder, limit: 10 })
    const found = new Set<string>()
    const replaced = new AbortController()
    const reads = [
      async () => buildsIn(await store().getMany<Thing>('things', MANY)),
      async () => buildsIn((await store().scan<Thing>('things', inOrder)).docs),
      async () => buildsIn((await store().scan<Thing>('things', { ...inOrder, cursor })).docs),
    ]
    const readers = reads.map(async (read) => {
      while (!replaced.signal.aborted) {
        found.add(await read())
        // A driver may answer without yielding to the event loop, which the replacement needs.
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    await store().replaceCollection(NEXT, 'things')
    replaced.abort()
    await Promise.all(readers)
    const whole = ['100 of new', '100 of old', '110 of new', '110 of old', '120 of new', '120 of old']
    expect(whole).toEqual(expect.arrayContaining([...found]))
    expect(buildsIn(await store().getMany<Thing>('things', MANY))).toBe('120 of new')
  })

  test('can be dropped and is empty when it is created again', async () => {
    await built()
    expect(await store().dropCollection(NEXT)).toBe(true)
    expect(await store().dropCollection(NEXT)).toBe(false)
    await store().createCollection(NEXT, 'things')
    expect(await store().getMany(NEXT, IDS)).toEqual([])
  })

  test('cannot be a declared collection; its name has lower-case letters and dashes only', async () => {
    const invalid = { code: 'invalid' }
    await store().insert('others', { _id: 'a' })
    for (const name of ['others', '', 'Next', 'a b', 'a"b', '$a', 'sqlite_a']) {
      await expect(store().createCollection(name, 'things')).rejects.toMatchObject(invalid)
      await expect(store().replaceCollection(name, 'things')).rejects.toMatchObject(invalid)
      await expect(store().dropCollection(name)).rejects.toMatchObject(invalid)
    }
    await expect(store().createCollection(NEXT, 'nowhere')).rejects.toMatchObject(invalid)
    await expect(store().replaceCollection(NEXT, 'nowhere')).rejects.toMatchObject(invalid)
    expect(await store().get('others', 'a')).toEqual({ _id: 'a' })
  })

  needing('reopening', () => {
    test('survives a restart before and after the replacement', async () => {
      await fill(store(), 'things', 'old')
      await built()
      await reopen()
      expect(buildsIn(await store().getMany<Thing>('things', IDS))).toBe('4 of old')
      expect(await store().replaceCollection(NEXT, 'things')).toBe(true)
      await reopen()
      expect(await store().replaceCollection(NEXT, 'things')).toBe(false)
      expect(buildsIn(await store().getMany<Thing>('things', IDS))).toBe('4 of new')
    })
  })

  needing('sharing', () => {
    test('replaces the original for every process, once when several try', async () => {
      const one = store()
      await fill(one, 'things', 'old')
      await built()
      const other = await openBeside()
      const replaced = await Promise.all([one, other].map((each) => each.replaceCollection(NEXT, 'things')))
      expect(replaced.filter(Boolean)).toHaveLength(1)
      for (const each of [one, other]) {
        expect(buildsIn(await each.getMany<Thing>('things', IDS))).toBe('4 of new')
      }
    })
  })
}
