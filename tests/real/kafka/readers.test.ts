/** Readers of a partition that cannot be read, beside other readers, through the proxy and in the processor. */
import { expect, onTestFinished, test } from 'vitest'
import { startReader, until } from '#log/conformance/scene.ts'
import { createMonitor } from '#processor/upkeep/monitor/monitor.ts'
import { runWatched } from '#processor/upkeep/monitor/watched-member.ts'
import { describeReal } from '../describe-real.ts'
import { setTrap, unique, type Trap } from '../kafkajs-traps/trap.ts'
import { sendTooLargeBatch } from './large-batch.ts'
import { proxyAbove } from './proxy-above.ts'

/** A batch that the driver does not accept, and a message behind it. */
async function damage(trap: Trap, topic: string): Promise<void> {
  await sendTooLargeBatch(trap, topic)
  await trap.truth.send([{ topic, partition: 0, value: 'behind' }])
}

type Body = { error?: string; code?: string } & { value: string }[]

describeReal('a partition that cannot be read', ({ brokers }) => {
  test('is an error of the proxy for its own instances, and the others keep theirs', async () => {
    const trap = await setTrap(brokers)
    const { truth, topic: good } = trap
    const bad = unique('bad')
    await truth.createTopics([{ topic: bad, partitions: 1 }])
    await damage(trap, bad)
    const post = proxyAbove<Body>(trap.open())
    const beside = () => post('/consume/group/beside', { topic: good, timeout: 3_000 })
    await truth.send([{ topic: good, value: 'before' }])
    expect((await beside()).body.map(({ value }) => value)).toEqual(['before'])

    const consume = () => post('/consume/group-of-bad/instance', { topic: bad, timeout: 500 })
    await expect.poll(async () => (await consume()).status, { timeout: 15_000 }).toBe(422)
    for (let i = 0; i < 3; i++) {
      const { status, body } = await consume()
      expect([status, body.code, body.error]).toEqual([
        422,
        'unreadable',
        expect.stringContaining(`${bad}/0, offsets 0 to 0`),
      ])
    }
    const fetched = await post('/fetch', { topic: bad, partition: 0, offset: 0 })
    expect([fetched.status, fetched.body.code]).toEqual([422, 'unreadable'])
    expect((await post('/fetch', { topic: bad, partition: 0, offset: 1 })).body).toMatchObject([{ value: 'behind' }])

    await truth.send([{ topic: good, value: 'after' }])
    expect((await beside()).body.map(({ value }) => value)).toEqual(['after'])
  })

  test('is named by the processor, whose other groups continue', async () => {
    const trap = await setTrap(brokers)
    const { truth, topic, group } = trap
    const bad = unique('bad')
    await truth.createTopics([{ topic: bad, partitions: 1 }])
    await damage(trap, bad)
    const monitor = createMonitor({ standstillMs: 600 })
    const log = trap.open({ partitionRefreshMs: 500 })
    const member = await runWatched(log, { group, topics: [bad] }, async () => {}, monitor)
    onTestFinished(() => member.close(0))
    await until('the partition is named', () => monitor.unreadable.size > 0)
    expect([...monitor.unreadable.values()]).toEqual([expect.stringContaining(`${group} cannot read ${bad}/0: `)])
    const reader = await startReader(log, { group: unique('other'), topics: [topic] })
    await truth.send([{ topic, value: 'beside' }])
    await until('the other group has read', () => reader.seen.length === 1)
    await expect.poll(() => monitor.progress.stalled(), { timeout: 2_000 }).toEqual([])
  })
})

describeReal('an outage of Kafka', ({ brokers }) => {
  test('ends /consume within its timeout and one second more', async () => {
    const trap = await setTrap(brokers)
    const post = proxyAbove<Body>(trap.open({ limitMs: 4_000 }))
    const consume = (instance: string) => post(`/consume/group/${instance}`, { topic: trap.topic, timeout: 2_000 })
    await trap.truth.send([{ topic: trap.topic, value: 'before' }])
    expect((await consume('known')).body).toHaveLength(1)
    await trap.proxy.down()
    for (const instance of ['known', 'new', 'known', 'other']) {
      const { status, tookMs } = await consume(instance)
      expect([instance, status]).toEqual([instance, 503])
      expect(tookMs).toBeLessThan(3_000)
    }
    await trap.proxy.up()
    await trap.truth.send([{ topic: trap.topic, value: 'after' }])
    // Any of the instances may have the partition now, and the message before the outage may arrive again.
    const values = new Set<string>()
    await until('the next message arrived', async () => {
      const answers = await Promise.all(['known', 'new', 'other'].map(consume))
      for (const { status, body } of answers) if (status === 200) for (const { value } of body) values.add(value)
      return values.has('after')
    })
  }, 60_000)
})
