import { expect, test } from 'vitest'
import { openTestProxy } from '../testing/test-proxy.ts'

test.each<[path: string, body: unknown, error: string]>([
  ['/consume/g/i', undefined, 'the request body is missing: it must be an object'],
  ['/consume/g/i', '[]', 'the request body must be an object, not a list'],
  ['/consume/g/i', { topic: 5 }, 'topic must be text, not 5'],
  ['/consume/g/i', { topics: 'one' }, 'topics must be a list, not text'],
  ['/consume/g/i', { topics: Array(10_001).fill('one') }, 'topics must have at most 10000 items'],
  ['/consume/g/i', { topic: 'one', timeout: 1.5 }, 'timeout must be a whole number, not 1.5'],
  ['/fetch', { topic: 'one', partition: 0, offset: -1 }, 'offset must be at least 0'],
  ['/fetch', { topicPartitionOffsets: [{}] }, 'topicPartitionOffsets.0.topic is missing: it must be text'],
  ['/offsets/latest', [], 'the request body must have at least one item'],
  ['/offsets/latest', { topic: 'one' }, 'partition is missing: it must be a number'],
  ['/offsets/latest', [{ topic: 'one' }], '0.partition is missing: it must be a number'],
  ['/commit/g/i', '5', 'the request body must be an object, not 5'],
  ['/produce', '5', 'the request body must be a message: an object with a value'],
  ['/produce', [{ topic: 'one', value: 'a', key: 5 }], '0.key must be text'],
])('%s rejects %j with a sentence that names the field', async (path, body, error) => {
  const { post } = await openTestProxy()
  expect(await post(path, body)).toMatchObject({ status: 400, json: { error } })
})
