import { expect } from 'vitest'
import type { Lease, Log, Owned } from '#log/log.ts'
import { commitAll, commitNothing, numbered, startReader, until, valuesOf, type Check, type Scene } from './scene.ts'

const fill = (log: Log, topic: string, partition: number, values: readonly string[]): Promise<unknown> =>
  log.send(values.map((value) => ({ topic, partition, value })))

const optionsOf = ({ group, topic }: Scene): { group: string; topics: string[] } => ({ group, topics: [topic] })

/** What `run` promises to one member. */
export function memberCases(check: Check): void {
  check('starts at the oldest message and keeps the order of each partition', {}, async (scene) => {
    const { log, topic } = scene
    for (const partition of [0, 1, 2]) await fill(log, topic, partition, numbered(30))
    const reader = await startReader(log, { ...optionsOf(scene), maxBatch: 7 })
    await until('everything came', () => reader.seen.length >= 90)
    for (const partition of [0, 1, 2]) {
      expect(valuesOf(reader.seen.filter((message) => message.partition === partition))).toEqual(numbered(30))
    }
  })

  check('is woken by new messages', {}, async (scene) => {
    const reader = await startReader(scene.log, optionsOf(scene))
    for (const value of numbered(5)) {
      await fill(scene.log, scene.topic, 0, [value])
      await until(`${value} came`, () => reader.values().at(-1) === value)
    }
    expect(reader.values()).toEqual(numbered(5))
  })

  check('never hands over more than maxBatch', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(20))
    const sizes: number[] = []
    await scene.log.run({ ...optionsOf(scene), maxBatch: 4 }, async ({ messages }) => void sizes.push(messages.length))
    await until('everything came', () => sum(sizes) >= 20)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4)
  })

  check('brings again what was not committed', {}, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, numbered(6))
    const first = await startReader(log, optionsOf(scene), commitNothing)
    await until('everything came', () => first.seen.length >= 6)
    await first.close()
    const second = await startReader(log, optionsOf(scene))
    await until('everything came again', () => second.seen.length >= 6)
    expect(second.values()).toEqual(numbered(6))
  })

  check('goes on behind the last commit', {}, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 1, numbered(6))
    const first = await startReader(log, optionsOf(scene), (_, lease) => lease.commit(3))
    await until('the commit is there', async () => (await log.committed(group, topic))[1] === 4)
    await first.close()
    const second = await startReader(log, optionsOf(scene), commitNothing)
    await until('the rest came', () => second.seen.length >= 2)
    expect(second.values()).toEqual(['value 4', 'value 5'])
  })

  check('stores a commit as given, also when it goes back', {}, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 0, numbered(6))
    await startReader(log, optionsOf(scene), async (_, lease) => {
      await lease.commit(5)
      await lease.commit(1)
    })
    await until('the second commit is there', async () => (await log.committed(group, topic))[0] === 2)
  })

  check('knows nothing committed as -1', {}, async (scene) => {
    const { log, topic, group } = scene
    expect(await log.committed(group, topic)).toEqual([-1, -1, -1])
    await fill(log, topic, 2, ['a'])
    await startReader(log, optionsOf(scene))
    await until('the commit is there', async () => (await log.committed(group, topic))[2] === 1)
    expect(await log.committed(group, topic)).toEqual([-1, -1, 1])
  })

  check('brings a batch again when its handler throws', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(3))
    let calls = 0
    const reader = await startReader(scene.log, optionsOf(scene), async (batch, lease) => {
      calls += 1
      if (calls <= 2) throw new Error('not yet')
      await commitAll(batch, lease)
    })
    await until('the third call is done', async () => (await scene.log.committed(scene.group, scene.topic))[0] === 3)
    expect(reader.values()).toEqual([...numbered(3), ...numbered(3), ...numbered(3)])
  })

  check('moves on when its handler resolves without a commit', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(3))
    const reader = await startReader(scene.log, optionsOf(scene), commitNothing)
    await until('the first came', () => reader.seen.length >= 3)
    await fill(scene.log, scene.topic, 0, ['later'])
    await until('the next came', () => reader.values().includes('later'))
    expect(reader.values()).toEqual([...numbered(3), 'later'])
  })

  check('calls its handler once at a time per partition', {}, async (scene) => {
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
    await until('everything came', () => reader.seen.length >= 40)
    expect(overlaps).toBe(0)
  })

  check('works on partitions in parallel', { needs: 'parallel' }, async (scene) => {
    for (const partition of [0, 1, 2]) await fill(scene.log, scene.topic, partition, ['a'])
    const busy = new Set<number>()
    const together = Promise.withResolvers<void>()
    await startReader(scene.log, optionsOf(scene), async ({ partition }) => {
      busy.add(partition)
      if (busy.size === 3) together.resolve()
      await together.promise
    })
    await until('all three are at work at once', () => busy.size === 3)
  })

  check('does not hold up a partition by the handler of another', { needs: 'parallel' }, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, ['slow'])
    const goOn = Promise.withResolvers<void>()
    const reader = await startReader(log, optionsOf(scene), async ({ partition }) => {
      if (partition === 0) await goOn.promise
    })
    await until('it is at work', () => reader.seen.length === 1)
    for (const value of numbered(3)) {
      await fill(log, topic, 1, [value])
      await until(`${value} came`, () => reader.values().at(-1) === value)
    }
    goOn.resolve()
  })

  check('waits for the handler under way when it is closed', {}, async (scene) => {
    await fill(scene.log, scene.topic, 0, numbered(3))
    const atWork = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const reader = await startReader(scene.log, optionsOf(scene), async (batch, lease) => {
      atWork.resolve()
      await goOn.promise
      await commitAll(batch, lease)
    })
    await atWork.promise
    const closing = reader.close()
    goOn.resolve()
    await closing
    expect(await scene.log.committed(scene.group, scene.topic)).toEqual([3, -1, -1])
  })

  check('refuses a topic that is not there', {}, async ({ log, group }) => {
    const run = log.run({ group, topics: ['no-such-topic'] }, commitAll)
    await expect(run).rejects.toMatchObject({ code: 'not_found' })
  })
}

/** What `run` promises to members beside each other. */
export function groupCases(check: Check): void {
  check('gives every group everything', {}, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, numbered(5))
    const one = await startReader(log, optionsOf(scene))
    const other = await startReader(log, { ...optionsOf(scene), group: `${scene.group}-other` })
    await until('both have everything', () => one.seen.length >= 5 && other.seen.length >= 5)
    expect([one.values(), other.values()]).toEqual([numbered(5), numbered(5)])
  })

  check('shares the partitions among the members', { partitions: 4 }, async (scene) => {
    const { log, topic } = scene
    const readers = [await startReader(log, optionsOf(scene)), await startReader(log, optionsOf(scene))]
    const got = (): Set<number>[] => readers.map(({ seen }) => new Set(seen.map(({ partition }) => partition)))
    await until('each has two partitions', async () => {
      for (const reader of readers) reader.seen.length = 0
      for (const partition of [0, 1, 2, 3]) await fill(log, topic, partition, ['a'])
      await until('all four came', () => got().reduce((count, { size }) => count + size, 0) >= 4)
      return got().every(({ size }) => size === 2)
    })
    expect([...got()[0]!, ...got()[1]!].sort((a, b) => a - b)).toEqual([0, 1, 2, 3])
  })

  check('gives the partitions of a member that left to the others', { partitions: 2 }, async (scene) => {
    const { log, topic } = scene
    const leaving = await startReader(log, optionsOf(scene))
    const staying = await startReader(log, optionsOf(scene))
    await leaving.close()
    staying.seen.length = 0
    for (const partition of [0, 1]) await fill(log, topic, partition, ['after'])
    await until('the other has both', () => new Set(staying.seen.map(({ partition }) => partition)).size === 2)
  })

  check('brings again what a member had not committed when it was cut off', {}, async (scene) => {
    const { log, topic } = scene
    await fill(log, topic, 0, numbered(4))
    const atWork = Promise.withResolvers<Lease>()
    const never = Promise.withResolvers<void>()
    const cut = await startReader(log, optionsOf(scene), (_, lease) => {
      atWork.resolve(lease)
      return never.promise
    })
    const { signal } = await atWork.promise
    await cut.close(0)
    expect(signal.aborted).toBe(true)
    const next = await startReader(log, optionsOf(scene))
    await until('it came again', () => next.seen.length >= 4)
    expect(next.values()).toEqual(numbered(4))
    never.resolve()
  })

  check('fences the late commit of a member that was cut off', {}, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 0, numbered(4))
    const atWork = Promise.withResolvers<Lease>()
    const cut = await startReader(log, optionsOf(scene), async (_, lease) => atWork.resolve(lease))
    const lease = await atWork.promise
    await cut.close(0)
    await expect(lease.commit(3)).rejects.toMatchObject({ code: 'fenced' })
    expect(await log.committed(group, topic)).toEqual([-1, -1, -1])
  })

  check('fences a commit from before another member joined', { needs: 'fencing', partitions: 1 }, async (scene) => {
    const { log, topic, group } = scene
    await fill(log, topic, 0, numbered(4))
    const leases: Lease[] = []
    await startReader(log, optionsOf(scene), async (_, lease) => void leases.push(lease))
    await until('it is at work', () => leases.length === 1)
    await startReader(log, optionsOf(scene), commitNothing)
    await until('the lease is over', () => leases[0]!.signal.aborted)
    await expect(leases[0]!.commit(3)).rejects.toMatchObject({ code: 'fenced' })
    expect(await log.committed(group, topic)).toEqual([-1])
  })

  check('tells a member at every assignment what it owns', { needs: 'owned', partitions: 2 }, async (scene) => {
    const told: { partitions: Owned[]; signal: AbortSignal }[] = []
    const owned = (partitions: Owned[], signal: AbortSignal): void => void told.push({ partitions, signal })
    const first = await scene.log.run({ ...optionsOf(scene), owned }, commitAll)
    const both = [0, 1].map((partition) => ({ topic: scene.topic, partition }))
    expect(told.at(-1)!.partitions).toEqual(both)
    const other = await scene.log.run(optionsOf(scene), commitAll)
    await until('one is left', () => told.at(-1)!.partitions.length === 1)
    await other.close()
    await until('both are back', () => told.at(-1)!.partitions.length === 2)
    expect(told.slice(0, -1).every(({ signal }) => signal.aborted)).toBe(true)
    expect(told.at(-1)!.signal.aborted).toBe(false)
    await first.close()
    expect(told.at(-1)!.signal.aborted).toBe(true)
  })

  check('tells a member without a partition so', { needs: 'owned', partitions: 1 }, async (scene) => {
    await scene.log.run(optionsOf(scene), commitAll)
    const told: Owned[][] = []
    await scene.log.run({ ...optionsOf(scene), owned: (partitions) => void told.push(partitions) }, commitAll)
    const elsewhere = await scene.log.run(optionsOf(scene), commitAll)
    await until('it was told', () => told.some((partitions) => partitions.length === 0))
    await elsewhere.close()
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
