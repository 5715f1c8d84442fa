/** A message whose sink always fails, on a real Kafka. */
import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { Message } from '#log/log.ts'
import { deadLettersOf } from '#processor/dead-letters.ts'
import { groupHandler } from '#processor/group-handler.ts'
import { describeReal } from './describe-real.ts'

const textOf = ({ value }: Message): string => Buffer.from(value!).toString()

const WAIT = { timeout: 60_000 }

describeReal('a group handler on a real Kafka', ({ brokers }) => {
  test('sends a message that always fails to the dead letters and continues with the next', async () => {
    const log = openKafkaLog({ brokers: [brokers], sessionTimeoutMs: 6000, heartbeatMs: 100, limitMs: 20_000 })
    onTestFinished(() => log.close())
    const topic = `bookings-${randomUUID()}`
    const dlq = `${topic}.dlq`
    await log.createTopics([topic, dlq].map((each) => ({ topic: each, partitions: 2 })))
    const group = `a-sink-${topic}`
    const handled = new Set<string>()
    const handle = groupHandler<string>({
      decode: textOf,
      work: async (located) => {
        if (located.some(({ content }) => content === 'breaks')) throw new TypeError('the sink fails')
        for (const { content } of located) handled.add(content)
      },
      deadLetters: deadLettersOf(log, group),
    })
    const values = ['one', 'breaks', 'two', 'three']
    await log.send(values.map((value) => ({ topic, partition: 1, key: 'k', value, headers: [['h', 'kept']] })))
    await log.run({ group, topics: [topic] }, handle)

    await expect.poll(() => log.committed(group, topic), WAIT).toEqual([-1, 4])
    expect([...handled].sort()).toEqual(['one', 'three', 'two'])
    const dead = await log.read({ topic: dlq, partition: 1, offset: 0 }, 10, 1000)
    expect(dead.map(textOf)).toEqual(['breaks'])
    const headers = Object.fromEntries(dead[0]!.headers.map(([name, value]) => [name, Buffer.from(value!).toString()]))
    expect(headers).toEqual({
      h: 'kept',
      'x-error-reason': 'TypeError: the sink fails',
      'x-error-group': group,
      'x-original-topic': topic,
      'x-original-partition': '1',
      'x-original-offset': '1',
      'x-attempts': '1',
    })
    await log.send([{ topic, partition: 1, value: 'later' }])
    await expect.poll(() => handled.has('later'), WAIT).toBe(true)
  })
})
