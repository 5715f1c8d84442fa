/** A stopped, frozen or silent Kafka: the faults of kafkajs 2.2.4 and the promises of the driver. */
import { expect, test } from 'vitest'
import { commitAll, numbered, readAll, startReader, until, valuesOf } from '#log/conformance/scene.ts'
import { LogError, type Log } from '#log/log.ts'
import { API } from '../fault-proxy.ts'
import { outcomeOf, setTrap, unique, valuesIn } from './trap.ts'
import { describeReal } from '../describe-real.ts'

const LIMIT_MS = 3000
/** Extra time on a busy machine. */
const GRACE_MS = 3000

async function tookMs(work: Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work.catch(() => undefined)
  return performance.now() - started
}

const SILENT = { what: 'request', fate: 'hold' } as const

describeReal('an outage', ({ brokers }) => {
  test('every call settles within its limit without a broker; sends report that nothing was written', async () => {
    const { proxy, topic, group, open } = await setTrap(brokers)
    await proxy.down()
    const log = open({ limitMs: LIMIT_MS })
    const calls = [
      log.send([{ topic, value: 'a' }]),
      log.topics(),
      log.bounds(topic),
      log.since(topic, 0),
      log.committed(group, topic),
      log.read({ topic, partition: 0, offset: 0 }, 1, 0),
      log.createTopics([{ topic, partitions: 1 }]),
      log.run({ group, topics: [topic] }, commitAll),
    ]
    const settling = tookMs(Promise.allSettled(calls))
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('KAFKA_BROKERS'),
      })
    }
    expect(await settling).toBeLessThan(LIMIT_MS + GRACE_MS)
  })

  test('ends without a restart: sends, reads, waits and members continue at their positions', async () => {
    const { proxy, topic, group, open } = await setTrap(brokers)
    const log = open({ limitMs: LIMIT_MS })
    await log.send([{ topic, value: 'before' }])
    const waiting = log.read({ topic, partition: 0, offset: 1 }, 1, 40_000)
    // The first read has returned nothing, the second waits.
    await until('the read waits', () => proxy.requests.filter(({ api }) => api === API.fetch).length === 2)
    const reader = await startReader(log, { group, topics: [topic] })
    await until('the offset is committed', async () => (await log.committed(group, topic))[0] === 1)
    await proxy.down()
    expect(await tookMs(outcomeOf(log.send([{ topic, value: 'lost' }])))).toBeLessThan(LIMIT_MS + GRACE_MS)
    expect(await outcomeOf(log.send([{ topic, value: 'lost, too' }]))).toBe('unavailable')
    expect(await outcomeOf(log.read({ topic, partition: 0, offset: 0 }, 1, 0))).toBe('unavailable')
    await proxy.up()
    await until(
      'the log accepts messages again',
      async () => (await outcomeOf(log.send([{ topic, value: 'after' }]))) === 'acknowledged',
    )
    expect(valuesOf(await waiting)).toEqual(['after'])
    expect(valuesOf(await readAll(log, topic, 0, 2))).toEqual(['before', 'after'])
    await until('the member has the message', () => reader.values().includes('after'))
    await until('the offset is committed', async () => (await log.committed(group, topic))[0] === 2)
  })

  test('delays sends, which succeed if it ends in time', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers)
    const log = open({ limitMs: 20_000 })
    await log.topics()
    await proxy.down()
    const sent = numbered(20).map((value) => log.send([{ topic, value }]))
    await proxy.up()
    await Promise.all(sent)
    expect(await valuesIn(truth, topic)).toEqual(numbered(20))
  })

  test('a send to a silent broker has an unknown outcome within its limit; the sends behind it were not written', async () => {
    const { proxy, truth, topic, open } = await setTrap(brokers)
    const log = open({ limitMs: LIMIT_MS })
    await log.send([{ topic, value: 'warm' }])
    const silence = proxy.fault({ ...SILENT, fate: 'swallow' })
    const first = log.send([{ topic, value: 'A' }])
    await silence.met
    const behind = log.send([{ topic, value: 'B' }])
    const settling = tookMs(Promise.allSettled([first, behind]))
    expect([await outcomeOf(first), await outcomeOf(behind)]).toEqual(['unknown', 'unavailable'])
    expect(await settling).toBeLessThan(LIMIT_MS + GRACE_MS)
    silence.end()
    await until(
      'the log accepts messages again',
      async () => (await outcomeOf(log.send([{ topic, value: 'C' }]))) === 'acknowledged',
    )
    expect(await valuesIn(truth, topic)).toEqual(['warm', 'C'])
  })

  test('kafkajs does not close while a broker is silent; the driver does', async () => {
    const { proxy, topic, group, naive, open } = await setTrap(brokers)
    const producer = naive().producer()
    await producer.connect()
    await producer.send({ topic, messages: [{ value: 'a' }] })
    const log = open({ limitMs: LIMIT_MS })
    await log.run({ group, topics: [topic] }, commitAll)
    await log.send([{ topic, value: 'b' }])
    const held = proxy.fault({ ...SILENT, api: 'produce' })
    const silence = proxy.fault(SILENT)
    const hanging = [
      outcomeOf(producer.send({ topic, messages: [{ value: 'c' }] })),
      outcomeOf(log.send([{ topic, value: 'd' }])),
    ]
    await until('both have sent', () => held.count === 2)
    let isNaiveOver = false
    const naiveOver = producer.disconnect().finally(() => (isNaiveOver = true))
    await log.close()
    expect(isNaiveOver).toBe(false)
    held.end()
    silence.end()
    await naiveOver
    await Promise.all(hanging)
  })

  test('a commit whose answer is lost is retried', async () => {
    const { proxy, truth, topic, group, open } = await setTrap(brokers)
    await truth.send([{ topic, value: 'a' }])
    const lost = proxy.fault({ api: 'offsetCommit', what: 'answer', fate: 'cut', times: 1 })
    const outcomes: string[] = []
    await open().run(
      { group, topics: [topic] },
      async (_, lease) => void outcomes.push(await outcomeOf(lease.commit(0))),
    )
    await until('the commit has settled', () => outcomes.length === 1)
    expect({ outcomes, lost: lost.count, committed: await truth.committed(group, topic) }).toEqual({
      outcomes: ['acknowledged'],
      lost: 1,
      committed: [1],
    })
  })

  for (const seed of [1, 2, 3]) {
    test(`keeps acknowledged messages once and in order when random requests and answers are lost or cut (seed ${seed})`, async () => {
      const { proxy, truth, topic, group, open } = await setTrap(brokers, 3)
      const chance = chanceFrom(seed)
      const faults = (['request', 'answer'] as const).flatMap((what) =>
        (['swallow', 'cut'] as const).map((fate) => proxy.fault({ what, fate, when: () => chance() < 0.01 })),
      )
      const log = open({ limitMs: 2500, sessionTimeoutMs: 1500, heartbeatMs: 100 })
      const reader = await joinSomehow(log, group, topic)
      const acknowledged = await sendThrough(log, topic, 150)
      for (const fault of faults) fault.end()
      const there = await Promise.all([0, 1, 2].map((partition) => valuesIn(truth, topic, partition)))
      for (const [partition, values] of acknowledged.entries()) {
        const kept = there[partition]!.filter((value) => values.includes(value!))
        expect(kept).toEqual(values)
      }
      const ends = (await truth.bounds(topic)).map(({ end }) => end)
      await until(
        'all messages are committed',
        async () => String(await truth.committed(group, topic)) === String(ends),
        30_000,
      )
      expect(new Set(reader.values())).toEqual(new Set(there.flat()))
      expect(faults.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(3)
    })
  }
})

/** Retries the start of a member; `run` leaves that to its caller. */
async function joinSomehow(log: Log, group: string, topic: string): ReturnType<typeof startReader> {
  for (;;) {
    try {
      return await startReader(log, { group, topics: [topic] })
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'unavailable') throw error
    }
  }
}

/** Returns the acknowledged messages of each partition in order. Every message is sent once, also if its send fails. */
async function sendThrough(log: Log, topic: string, count: number): Promise<string[][]> {
  const name = unique('message')
  const one = async (partition: number): Promise<string[]> => {
    const acknowledged: string[] = []
    for (const value of numbered(count).map((each) => `${name} ${partition} ${each}`)) {
      if ((await outcomeOf(log.send([{ topic, partition, value }]))) === 'acknowledged') acknowledged.push(value)
    }
    return acknowledged
  }
  return Promise.all([0, 1, 2].map(one))
}

function chanceFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
