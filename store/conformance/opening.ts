import { expect, test } from 'vitest'
import type { Needing, TestDatabase } from './conformance.ts'
import { migrate, VERSIONS } from '../schema.ts'
import type { Collections, Store } from '../store.ts'

const before: Collections = { people: { indexes: [['rank']] }, pets: {}, [VERSIONS]: {} }
const after: Collections = {
  travelers: { indexes: [['rank'], ['owner', 'rank']], formerly: 'people' },
  animals: { formerly: 'pets' },
  [VERSIONS]: {},
}

const byRank = { where: { owner: 'o' }, order: { by: 'rank' }, limit: 10 }

export const openingPromises = ({ store, reopen, openBeside }: TestDatabase, needing: Needing): void => {
  const written = async (): Promise<void> => {
    await reopen({ collections: before })
    await store().insert('people', { _id: 'a', owner: 'o', rank: 1 })
    await store().insert('pets', { _id: 'b' })
  }

  const findsAll = async (opened: Store): Promise<void> => {
    const { docs } = await opened.scan('travelers', byRank)
    expect(docs).toEqual([{ _id: 'a', owner: 'o', rank: 1 }])
    expect(await opened.get('animals', 'b')).toEqual({ _id: 'b' })
  }

  needing('reopening', () => {
    test('renames a collection from its former name, once', async () => {
      await written()
      await findsAll(await reopen({ collections: after }))
      await store().insert('travelers', { _id: 'c' })
      await findsAll(await reopen({ collections: after }))
      expect(await store().get('travelers', 'c')).toEqual({ _id: 'c' })
    })

    test('continues a renaming that a kill interrupted', async () => {
      await written()
      const { travelers, pets } = { ...before, ...after }
      await reopen({ collections: { travelers: travelers!, pets: pets! } })
      await findsAll(await reopen({ collections: after }))
    })

    test('rejects when both names exist, and changes nothing', async () => {
      await written()
      await reopen({ collections: { animals: {} } })
      await store().insert('animals', { _id: 'new' })
      const refused = { code: 'unavailable', message: expect.stringMatching(/has both pets and animals.* drop pets/) }
      await expect(reopen({ collections: after })).rejects.toMatchObject(refused)
      await reopen({ collections: { ...before, animals: {} } })
      expect(await store().get('pets', 'b')).toEqual({ _id: 'b' })
      expect(await store().get('animals', 'new')).toEqual({ _id: 'new' })
    })

    test('migrates documents of an older version and records the new version', async () => {
      await written()
      const steps: number[] = []
      const step = (version: number) => async (opened: Store) => {
        steps.push(version)
        await opened.patch('animals', 'b', { set: [[[`v${version}`], true]] })
      }
      const schema = { version: 3, collections: after, migrations: { 2: step(2), 3: step(3) } }
      for (let start = 0; start < 2; start++) await migrate(await reopen(schema), schema)
      expect(steps).toEqual([2, 3])
      expect(await store().get('animals', 'b')).toEqual({ _id: 'b', v2: true, v3: true })
      const next = { version: 4, collections: after, migrations: { 2: step(2), 4: step(4) } }
      await migrate(await reopen(next), next)
      expect(steps).toEqual([2, 3, 4])
    })

    test.each([
      [
        3,
        /was written by a newer Reservoir \(version 3; .* 1 to 2\): update Reservoir, or set (DATA_DIR|MONGODB_URI) to/,
      ],
      ['two', /was written by something other than Reservoir \(version "two"; .*\): restore a backup, or set/],
      [0, /was written by something other than Reservoir/],
    ])('rejects documents of version %j before it changes anything', async (version, message) => {
      await written()
      await store().insert(VERSIONS, { _id: 'version', version })
      const opened = reopen({ collections: after, version: 2 })
      await expect(opened).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) })
      await reopen({ collections: before })
      expect(await store().get('people', 'a')).toEqual({ _id: 'a', owner: 'o', rank: 1 })
    })
  })

  needing('sharing', () => {
    test('renames collections once when several processes start at the same time', async () => {
      await written()
      const opened = await Promise.all([1, 2, 3].map(() => openBeside({ collections: after })))
      for (const each of opened) await findsAll(each)
    })
  })
}
