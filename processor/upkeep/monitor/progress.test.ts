import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Handler, Log, Running } from '#log/log.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'
import { runWatched } from './watched-member.ts'
import { watchedStore } from './watched-ports.ts'
import { createMonitor, monitorRoutes, type Monitor } from './monitor.ts'

const GROUP = 'workers'
const TOPIC = 'work'

/** Time stands still but for what a test lets pass; looks come often, so that what goes on is seen to at once. */
let nowMs: number
let monitor: Monitor
let log: Log
let store: Store
let members: Running[]

beforeEach(async () => {
  nowMs = 0
  monitor = createMonitor({ now: () => nowMs, standstillMs: 60, sessionMs: 30 })
  log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics([{ topic: TOPIC, partitions: 2 }])
  store = watchedStore(openEmbeddedStore({ file: ':memory:', collections: { things: {} } }), monitor)
  members = []
})

afterEach(async () => {
  await Promise.all(members.map((member) => member.close(0)))
  await log.close()
  await store.close()
})

async function join(handle: Handler): Promise<Running> {
  const member = await runWatched(log, { group: GROUP, topics: [TOPIC] }, handle, monitor)
  members.push(member)
  return member
}

const send = (partition: number) => log.send([{ topic: TOPIC, partition, value: 'x' }])

const standing = () => monitor.progress.stalled()

/** A handler that never returns, and a promise for its first call. */
function hanging(): { handle: Handler; called: Promise<void> } {
  const { promise: called, resolve } = Promise.withResolvers<void>()
  const handle: Handler = () => {
    resolve()
    return new Promise(() => {})
  }
  return { handle, called }
}

test('a partition whose batch never ends is stalled, and the other partition is not', async () => {
  const { handle, called } = hanging()
  await join(handle)
  await send(1)
  await called
  nowMs = 61_000
  await expect.poll(standing).toEqual(['workers on work/1 has stood still for 61 s'])

  const answer = await monitorRoutes(monitor).request('/healthz')
  expect(answer.status).toBe(503)
  expect(await answer.json()).toEqual({ status: 'failing', service: 'processor', warnings: [], faults: standing() })
})

test('a member without partitions is stalled, and so are messages that no member receives', async () => {
  const { handle, called } = hanging()
  await join(handle)
  await send(0)
  await called
  const joining = join(() => Promise.resolve())
  // From the next rebalance on the group waits for the batch that hangs, and no member has a partition.
  await setImmediate()
  nowMs += 61_000
  await expect.poll(standing).toEqual(['workers without its partitions has stood still for 61 s'])
  await joining
  // Partition 0 is the first member's again, and waits there behind the batch of before.
  await expect.poll(standing).toEqual([])
  nowMs += 61_000
  await expect.poll(standing).toEqual(['workers on work/0 has stood still for 61 s'])
})

test('a quiet partition makes progress, and so does one whose batches fail and are retried', async () => {
  let failed = 0
  await join(() => {
    failed++
    return Promise.reject(new Error('not yet'))
  })
  await send(0)
  for (const seen of [0, 1, 2]) {
    await expect.poll(() => failed).toBeGreaterThan(seen)
    nowMs += 61
    await expect.poll(standing).toEqual([])
  }
})

test('a batch makes progress while its store calls return', async () => {
  const stood: string[][] = []
  const { promise: done, resolve } = Promise.withResolvers<void>()
  await join(async (batch, lease) => {
    for (let i = 0; i < 5; i++) {
      nowMs += 50
      await store.get('things', String(i))
      stood.push(standing().filter((sentence) => sentence.includes(`work/${batch.partition}`)))
    }
    await lease.commit(batch.messages.at(-1)!.offset)
    resolve()
  })
  await send(0)
  await done
  expect(stood).toEqual([[], [], [], [], []])
})

test('a call that never ends is stalled', async () => {
  void monitor.progress.call("the store's patch", () => new Promise(() => {}))
  await monitor.progress.call("the store's get", () => Promise.resolve())
  nowMs = 75_000
  expect(standing()).toEqual(["the store's patch has stood still for 75 s"])
})

test('a member that has left is not stalled', async () => {
  const { handle, called } = hanging()
  const member = await join(handle)
  await send(0)
  await called
  await member.close(0)
  nowMs = 999_000
  expect(standing()).toEqual([])
})

test('the monitor reports the lag of each partition of this process', async () => {
  const { handle, called } = hanging()
  await join(handle)
  await log.send([1, 1, 1].map((partition) => ({ topic: TOPIC, partition, value: 'x' })))
  await called
  const said = async () => (await monitorRoutes(monitor).request('/metrics')).text()
  const lagOf = (partition: number) =>
    `processor_consumer_lag_messages{group="workers",topic="work",partition="${partition}"}`
  await expect.poll(said).toContain(`${lagOf(1)} 3`)
  expect(await said()).toContain(`${lagOf(0)} 0`)
})
