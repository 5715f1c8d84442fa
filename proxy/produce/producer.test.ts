import { describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { Account } from '../accounts/account.ts'
import { FULL_ACCESS, Permissions } from '../accounts/permissions.ts'
import type { HttpError } from '../http/errors.ts'
import { TopicAvailability } from '../topics.ts'
import { Producer } from './producer.ts'

const account = new Account('test', new Permissions(FULL_ACCESS))

describe('a request for several partitions', () => {
  const open = async (messages: number, overloadedMs: number) => {
    const log = openEmbeddedLog({ file: ':memory:', queueLimit: { messages, bytes: 10_000 } })
    await log.createTopics([{ topic: 'two', partitions: 2 }])
    return { log, producer: new Producer(log, new TopicAvailability(log), overloadedMs) }
  }
  const batch = (...partitions: number[]) =>
    partitions.map((partition) => ({ topic: 'two', partition, value: 'a', timestamp: 1 }))

  test('retries overloaded partitions instead of writing only a part', async () => {
    const { log, producer } = await open(3, 5_000)
    const positions = await producer.send(account, batch(0, 1, 0, 1))
    expect(positions.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ])
    await log.close()
  })

  test('reports each message when only a part was written', async () => {
    const { log, producer } = await open(2, 50)
    const error = (await producer.send(account, batch(0, 1, 1, 1)).catch((reason: unknown) => reason)) as HttpError
    expect(error).toMatchObject({ status: 504, message: expect.stringMatching(/^3 of 4 messages failed/) })
    const failed = { topic: 'two', partition: 1, error: expect.any(String), written: 'no' }
    expect(error.details).toEqual({
      messages: [{ topic: 'two', partition: 0, offset: 0, timestamp: 1 }, failed, failed, failed],
    })
    expect(await log.bounds('two')).toMatchObject([{ end: 1 }, { end: 0 }])
    await log.close()
  })

  test('returns 503 when no message was written', async () => {
    const { log, producer } = await open(1, 50)
    await expect(producer.send(account, batch(0, 0, 1, 1))).rejects.toMatchObject({ status: 503 })
    expect(await log.bounds('two')).toMatchObject([{ end: 0 }, { end: 0 }])
    await log.close()
  })
})
