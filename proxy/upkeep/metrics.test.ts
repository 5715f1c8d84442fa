import { expect, test } from 'vitest'
import { openTestProxy } from '../testing/test-proxy.ts'

test('/metrics reports requests, messages and open resources without credentials', async () => {
  const { app, post, fill } = await openTestProxy()
  await fill('bookings', 1, ['a', 'b', 'c'])
  await post('/produce/one', [{ value: 'a' }, { value: 'b' }])
  await post('/produce/none', { value: 'a' })
  await app.request('/no/secret/in/a/label')
  const manual = { 'Kafka-Auto-Offset-Reset': 'earliest', 'Kafka-Enable-Auto-Commit': 'false' }
  await post('/consume/g/i', { topic: 'bookings', timeout: 5000 }, manual)
  await post('/commit/g/i', { topic: 'bookings', partition: 1, offset: 1 })

  const answer = await app.request('/metrics')
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  const lines = (await answer.text()).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'proxy_requests_total{route="/produce",status="200"} 1',
      'proxy_requests_total{route="/produce",status="404"} 1',
      'proxy_requests_total{route="other",status="401"} 1',
      'proxy_produce_batch_messages_sum 3',
      'proxy_produce_seconds_count 2',
      'proxy_queue_messages 0',
      'proxy_pending_bytes 0',
      'proxy_waiting 0',
      'proxy_instances 1',
      'proxy_consumer_lag_messages{group="g",topic="bookings",partition="1"} 2',
      'proxy_consumer_lag_messages{group="g",topic="bookings",partition="0"} 0',
    ]),
  )
})
