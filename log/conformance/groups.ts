import { expect } from 'vitest'
import { MAX_BATCH_BYTES, type Lease, type Log, type Owned } from '#log/log.ts'
import { commitAll, commitNothing, numbered, startReader, until, valuesOf, type Check, type Scene } from './scene.ts'

const fill = (log: Log, topic: string, partition: number, values: readonly string[]): Promise<unknown> =>
  log.send(values.map((value) => ({ topic, partition, value })))

const optionsOf = ({ group, topic }: Scene): { group: string; topics: string[] } => ({ group, topics: [topic] })

/** The promises of `run` to one member. */
export function memberCases(check: Check): void {
  check('starts at the oldest message and keeps the order of each partition', {}, async (scene) => {
    const { log, topic } = scene
    for (const partition of [0, 1, 2]) await fill(log, topic, partition, numbered(30))
    const reader = await startReader(log, { ...optionsOf(scene), maxBatch: 7 })
    await until('all messages arrived', () => reader.seen.length >= 90)
    for (const partition of [0, 1, 2]) {
      expect(valuesOf(reader.seen.filter((message) => message.partition === partition))).toEqual(numbered(30))
    }
  })

  check('receives new messages while it waits', {}, async (scene) => {
    const reader = await startReader(scene.log, optionsOf(scene))
    for (const value of numbered(5)) {
      await fill(scene.log, scene.topic, 0, [value])
      await until(`${value} arrived`, () => reader.values().at(-1) === value)
    }
    expect(reader.values()).toEqual(numbered(5))
  })

  check('never delivers more than maxBatch messages at once', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(20))
    const sizes: number[] = []
    await scene.log.run({ ...optionsOf(scene), maxBatch: 4 }, async ({ messages }) => void sizes.push(messages.length))
    await until('all messages arrived', () => sum(sizes) >= 20)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4)
  })

  check('never delivers more than the bytes of a batch at once', {}, async (scene) => {
    const { log, topic } = scene
    const value = 'x'.repeat(MAX_BATCH_BYTES / 5 - 100)
    for (let i = 0; i < 12; i++) await fill(log, topic, 0, [value])
    const sizes: number[] = []
    await log.run(optionsOf(scene), async ({ messages }) => void sizes.push(messages.length))
    await until('all messages arrived', () => sum(sizes) >= 12)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
  })

  check('redelivers uncommitted messages', {}, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, numbered(6))
    const first = await startReader(log, optionsOf(scene), commitNothing)
    await until('all messages arrived', () => first.seen.length >= 6)
    await first.close()
    const second = await startReader(log, optionsOf(scene))
    await until('all messages arrived again', () => second.seen.length >= 6)
    expect(second.values()).toEqual(numbered(6))
  })

  check('continues after the last commit', {}, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 1, numbered(6))
    const first = await startReader(log, optionsOf(scene), (_, lease) => lease.commit(3))
    await until('the commit is stored', async () => (await log.committed(group, topic))[1] === 4)
    await first.close()
    const second = await startReader(log, optionsOf(scene), commitNothing)
    await until('the other messages arrived', () => second.seen.length >= 2)
    expect(second.values()).toEqual(['value 4', 'value 5'])
  })

  check('stores every commit, even if it goes back', {}, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 0, numbered(6))
    await startReader(log, optionsOf(scene), async (_, lease) => {
      await lease.commit(5)
      await lease.commit(1)
    })
    await until('the second commit is stored', async () => (await log.committed(group, topic))[0] === 2)
  })

  check('reports a partition without a commit as -1', {}, async (scene) => {
    const { log, topic, group } = scene
    expect(await log.committed(group, topic)).toEqual([-1, -1, -1])
    await fill(log, topic, 2, ['a'])
    await startReader(log, optionsOf(scene))
    await until('the commit is stored', async () => (await log.committed(group, topic))[2] === 1)
    expect(await log.committed(group, topic)).toEqual([-1, -1, 1])
  })

  check('redelivers a batch whose handler throws', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(3))
    let calls = 0
    const reader = await startReader(scene.log, optionsOf(scene), async (batch, lease) => {
      calls += 1
      if (calls <= 2) throw new Error('not yet')
      await commitAll(batch, lease)
    })
    await until('the third call has ended', async () => (await scene.log.committed(scene.group, scene.topic))[0] === 3)
    expect(reader.values()).toEqual([...numbered(3), ...numbered(3), ...numbered(3)])
  })

  check('moves on when its handler resolves without a commit', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(3))
    const reader = await startReader(scene.log, optionsOf(scene), commitNothing)
    await until('the first message arrived', () => reader.seen.length >= 3)
    await fill(scene.log, scene.topic, 0, ['later'])
    await until('the next message arrived', () => reader.values().includes('later'))
    expect(reader.values()).toEqual([...numbered(3), 'later'])
  })

  check('calls its handler for one batch at a time per partition', {}, async (scene) => {
    const { log, topic } = scene
    for (const partition of [0, 1]) await fill(log, topic, partition, numbered(20))
    const busy = new Set<number>()
    let overlaps = 0
    const reader = await startReader(log, { ...optionsOf(scene), maxBatch: 2 }, async ({ partition }) => {
      if (busy.has(partition)) overlaps += 1
      busy.add(partition)
      await new Promise((resolve) => setTimeout(resolve, 2))
      busy.delete(partition)
    })
    await until('all messages arrived', () => reader.seen.length >= 40)
    expect(overlaps).toBe(0)
  })

  check('handles partitions in parallel', { needs: 'parallel' }, async (scene) => {
    for (const partition of [0, 1, 2]) await fill(scene.log, scene.topic, partition, ['a'])
    const busy = new Set<number>()
    const together = Promise.withResolvers<void>()
    await startReader(scene.log, optionsOf(scene), async ({ partition }) => {
      busy.add(partition)
      if (busy.size === 3) together.resolve()
      await together.promise
    })
    await until('all three partitions are handled at once', () => busy.size === 3)
  })

  check('delivers a partition while the handler of another is busy', { needs: 'parallel' }, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, ['slow'])
    const finish = Promise.withResolvers<void>()
    const reader = await startReader(log, optionsOf(scene), async ({ partition }) => {
      if (partition === 0) await finish.promise
    })
    await until('the handler runs', () => reader.seen.length === 1)
    for (const value of numbered(3)) {
      await fill(log, topic, 1, [value])
      await until(`${value} arrived`, () => reader.values().at(-1) === value)
    }
    finish.resolve()
  })

  check('close waits for the running handler', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(3))
    const handling = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const reader = await startReader(scene.log, optionsOf(scene), async (batch, lease) => {
      handling.resolve()
      await finish.promise
      await commitAll(batch, lease)
    })
    await handling.promise
    const closing = reader.close()
    finish.resolve()
    await closing
    expect(await scene.log.committed(scene.group, scene.topic)).toEqual([3, -1, -1])
  })

  check('rejects an unknown topic', {}, async ({ log, group }) => {
    const run = log.run({ group, topics: ['no-such-topic'] }, commitAll)
    await expect(run).rejects.toMatchObject({ code: 'not_found' })
  })
}

/** The promises of `run` to several members and groups. */
export function groupCases(check: Check): void {
  check('delivers all messages to every group', {}, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, numbered(5))
    const one = await startReader(log, optionsOf(scene))
    const other = await startReader(log, { ...optionsOf(scene), group: `${scene.group}-other` })
    await until('both groups have all messages', () => one.seen.length >= 5 && other.seen.length >= 5)
    expect([one.values(), other.values()]).toEqual([numbered(5), numbered(5)])
  })

  check('divides the partitions among the members', { partitions: 4 }, async (scene) => {
    const { log, topic } = scene
    const readers = [await startReader(log, optionsOf(scene)), await startReader(log, optionsOf(scene))]
    const received = (): Set<number>[] => readers.map(({ seen }) => new Set(seen.map(({ partition }) => partition)))
    await until('each has two partitions', async () => {
      for (const reader of readers) reader.seen.length = 0
      for (const partition of [0, 1, 2, 3]) await fill(log, topic, partition, ['a'])
      await until('all four messages arrived', () => received().reduce((count, { size }) => count + size, 0) >= 4)
      return received().every(({ size }) => size === 2)
    })
    expect([...received()[0]!, ...received()[1]!].sort((a, b) => a - b)).toEqual([0, 1, 2, 3])
  })

  check('reassigns the partitions of a member that left', { partitions: 2 }, async (scene) => {
    const { log, topic } = scene
    const leaving = await startReader(log, optionsOf(scene))
    const staying = await startReader(log, optionsOf(scene))
    await leaving.close()
    staying.seen.length = 0
    for (const partition of [0, 1]) await fill(log, topic, partition, ['after'])
    await until(
      'the other member owns both partitions',
      () => new Set(staying.seen.map(({ partition }) => partition)).size === 2,
    )
  })

  check('redelivers what a member had not committed when it was disconnected', {}, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, numbered(4))
    const handling = Promise.withResolvers<Lease>()
    const never = Promise.withResolvers<void>()
    const cut = await startReader(log, optionsOf(scene), (_, lease) => {
      handling.resolve(lease)
      return never.promise
    })
    const { signal } = await handling.promise
    await cut.close(0)
    expect(signal.aborted).toBe(true)
    const next = await startReader(log, optionsOf(scene))
    await until('the message arrived again', () => next.seen.length >= 4)
    expect(next.values()).toEqual(numbered(4))
    never.resolve()
  })

  check('counts the members of a group', { needs: 'members' }, async (scene) => {
    const { log, group } = scene
    expect(await log.members(group)).toBe(0)
    const first = await startReader(log, optionsOf(scene))
    const second = await startReader(log, optionsOf(scene))
    await until('both are members', async () => (await log.members(group)) === 2)
    await first.close()
    await until('one is a member', async () => (await log.members(group)) === 1)
    await second.close()
    await until('the group is empty', async () => (await log.members(group)) === 0)
    await expect(log.members('')).rejects.toMatchObject({ code: 'invalid' })
  })

  check('fences the late commit of a disconnected member', {}, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 0, numbered(4))
    const handling = Promise.withResolvers<Lease>()
    const cut = await startReader(log, optionsOf(scene), async (_, lease) => handling.resolve(lease))
    const lease = await handling.promise
    await cut.close(0)
    await expect(lease.commit(3)).rejects.toMatchObject({ code: 'fenced' })
    expect(await log.committed(group, topic)).toEqual([-1, -1, -1])
  })

  check('fences a commit under a lease from before a rebalance', { needs: 'fencing', partitions: 1 }, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 0, numbered(4))
    const leases: Lease[] = []
    await startReader(log, optionsOf(scene), async (_, lease) => void leases.push(lease))
    await until('the handler runs', () => leases.length === 1)
    await startReader(log, optionsOf(scene), commitNothing)
    await until('the lease has ended', () => leases[0]!.signal.aborted)
    await expect(leases[0]!.commit(3)).rejects.toMatchObject({ code: 'fenced' })
    expect(await log.committed(group, topic)).toEqual([-1])
  })

  check('reports to a member what it owns at every assignment', { needs: 'owned', partitions: 2 }, async (scene) => {
    const assignments: { partitions: Owned[]; signal: AbortSignal }[] = []
    const owned = (partitions: Owned[], signal: AbortSignal): void => void assignments.push({ partitions, signal })
    const first = await scene.log.run({ ...optionsOf(scene), owned }, commitAll)
    const both = [0, 1].map((partition) => ({ topic: scene.topic, partition }))
    expect(assignments.at(-1)!.partitions).toEqual(both)
    const other = await scene.log.run(optionsOf(scene), commitAll)
    await until('one partition is left', () => assignments.at(-1)!.partitions.length === 1)
    await other.close()
    await until('both partitions are back', () => assignments.at(-1)!.partitions.length === 2)
    expect(assignments.slice(0, -1).every(({ signal }) => signal.aborted)).toBe(true)
    expect(assignments.at(-1)!.signal.aborted).toBe(false)
    await first.close()
    expect(assignments.at(-1)!.signal.aborted).toBe(true)
  })

  check('reports to a member that it owns no partition', { needs: 'owned', partitions: 1 }, async (scene) => {
    await scene.log.run(optionsOf(scene), commitAll)
    const assignments: Owned[][] = []
    await scene.log.run({ ...optionsOf(scene), owned: (partitions) => void assignments.push(partitions) }, commitAll)
    const elsewhere = await scene.log.run(optionsOf(scene), commitAll)
    await until('the member received its assignment', () => assignments.some((partitions) => partitions.length === 0))
    await elsewhere.close()
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
