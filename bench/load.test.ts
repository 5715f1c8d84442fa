import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { figureOf, load, type Loaded } from './load.ts'

const SLOW_MS = 60

test.each([
  ['no answer', 10, 'no answer'],
  ['rate and latencies', 400, expect.stringMatching(/^\d+\/s p50 \d+\.\d p99 \d+\.\d ms$/)],
])('shows %s when the load lasts %i ms and each response takes 60 ms', async (_, forMs, figure) => {
  const server = createServer((_, response) => setTimeout(() => response.end('{}'), SLOW_MS)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const loaded = await load({ url, headers: {}, bodies: ['{}'], connections: 2, warmUpMs: 0, forMs })
  server.close()
  // As its parent process receives it.
  const received = JSON.parse(JSON.stringify(loaded)) as Loaded
  expect(figureOf(received, received.requestsPerSecond)).toEqual(figure)
})
