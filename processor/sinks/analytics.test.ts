import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import { COLLECTIONS } from '../collections.ts'
import { eventOf } from '../testing/events.ts'
import { createAnalytics, type StoredRollup } from './analytics.ts'

const ROLLUP = '2026-11-21|listing|l1'

/** Roll-ups without any events. */
function openRollups() {
  const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  onTestFinished(() => store.close())
  const confirmed = async () => (await store.get<StoredRollup>('rollups', ROLLUP))?.confirmed
  return { count: createAnalytics(store), confirmed }
}

const [first, second] = [eventOf(1), eventOf(2)]

test('a redriven event is not counted after a later event of its listing; a rebuild counts it', async () => {
  const late = openRollups()
  await late.count([{ event: second, partition: 0, offset: 1 }], 0)
  await late.count([{ event: first, partition: 0, offset: 2 }], 0)
  expect(await late.confirmed()).toBe(1)

  const rebuilt = openRollups()
  const log = [first, second, first].map((event, offset) => ({ event, partition: 0, offset }))
  await rebuilt.count(log, 0)
  expect(await rebuilt.confirmed()).toBe(2)
})
