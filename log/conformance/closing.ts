import { expect } from 'vitest'
import { commitAll, numbered, readAll, startReader, until, valuesOf, type Check } from './scene.ts'

/** What survives a restart, and what closing a log does. */
export function closingCases(check: Check): void {
  check('keeps messages and commits over a restart', {}, async (scene) => {
    const { log, topic, group } = scene
    await log.send(numbered(5).map((value) => ({ topic, partition: 0, value, key: 'k', headers: [['h', value]] })))
    const before = await readAll(log, topic, 0, 5)
    await startReader(log, { group, topics: [topic] }, (_, lease) => lease.commit(2))
    await until('the commit is stored', async () => (await log.committed(group, topic))[0] === 3)

    const again = await scene.reopen()
    expect(await readAll(again, topic, 0, 5)).toEqual(before)
    expect(await again.committed(group, topic)).toEqual([3, -1, -1])
    const reader = await startReader(again, { group, topics: [topic] })
    await until('the other messages arrived', () => reader.seen.length >= 2)
    expect(reader.values()).toEqual(['value 3', 'value 4'])
    const [position] = await again.send([{ topic, partition: 0, value: 'later' }])
    expect(position!.offset).toBe(5)
  })

  check('may be closed twice, also concurrently', {}, async ({ log }) => {
    await Promise.all([log.close(), log.close()])
    await log.close()
  })

  check('rejects everything after close', {}, async ({ log, topic, group }) => {
    await log.close()
    const calls = [
      log.send([{ topic, value: 'a' }]),
      log.run({ group, topics: [topic] }, commitAll),
      log.read({ topic, partition: 0, offset: 0 }, 1, 0),
      log.bounds(topic),
      log.committed(group, topic),
      log.setOffsets(group, topic, [0, 0, 0]),
      log.members(group),
      log.partitions(topic),
      log.topics(),
      log.createTopics([{ topic, partitions: 3 }]),
    ]
    for (const { status, ...rest } of await Promise.allSettled(calls)) {
      expect({ status, ...rest }).toMatchObject({ status: 'rejected', reason: { name: 'LogError', code: 'closed' } })
    }
  })

  check('close ends a waiting read', {}, async ({ log, topic }) => {
    const waiting = log.read({ topic, partition: 0, offset: 0 }, 1, 15_000)
    const ended = expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await log.close()
    await ended
  })

  check('close settles pending sends', {}, async (scene) => {
    const { log, topic } = scene
    const sending = numbered(20).map((value) => log.send([{ topic, partition: 0, value }]))
    const closing = log.close()
    const settled = await Promise.allSettled(sending)
    await closing
    const kept = settled.filter(({ status }) => status === 'fulfilled').length
    const again = await scene.reopen()
    expect((await again.bounds(topic))[0]!.end).toBeGreaterThanOrEqual(kept)
    expect(valuesOf(await readAll(again, topic, 0, kept))).toEqual(numbered(kept))
  })

  check('close ends the members after their current batches', {}, async (scene) => {
    const { log, topic, group } = scene
    await log.send([{ topic, partition: 0, value: 'a' }])
    const handling = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    await startReader(log, { group, topics: [topic] }, async (batch, lease) => {
      handling.resolve()
      await finish.promise
      await commitAll(batch, lease)
    })
    await handling.promise
    const closing = log.close()
    finish.resolve()
    await closing
    expect(await (await scene.reopen()).committed(group, topic)).toEqual([1, -1, -1])
  })

  check('a member may be closed after the log', {}, async ({ log, topic, group }) => {
    const running = await log.run({ group, topics: [topic] }, commitAll)
    await log.close()
    await running.close()
    await running.close()
  })
}
