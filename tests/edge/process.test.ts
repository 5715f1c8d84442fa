import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LogLine } from '#platform/log-line.ts'
import { createSigner } from '#platform/testing/signer.ts'
import { clientOf, startTestSystem, type TestSystem } from '../system/system.ts'

/** The edge as a process that trusts another identity provider than the query API. */

const signer = await createSigner()

let system: TestSystem
let edge: ChildProcess
let url: string

beforeAll(async () => {
  system = await startTestSystem()
  const { query, proxy, commandKeys } = system.endpoints
  edge = spawn(process.execPath, [join(import.meta.dirname, '../../edge/node.ts')], {
    env: {
      ...process.env,
      PROFILE: 'dev',
      EDGE_PORT: '0',
      UPSTASH_KAFKA_REST_URL: proxy.url,
      UPSTASH_KAFKA_REST_USERNAME: proxy.username,
      UPSTASH_KAFKA_REST_PASSWORD: proxy.password,
      QUERY_URL: query,
      COMMAND_KEYS: commandKeys,
      JWT_ISSUER: 'issuer',
      JWT_AUDIENCE: 'audience',
      JWT_JWKS: JSON.stringify({ keys: [signer.publicJwk] }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = await once(edge.stdout!, 'data')
  const line = JSON.parse(String(text)) as LogLine
  url = `http://127.0.0.1:${/listens on (\d+)/.exec(line.message)![1]}`
})

afterAll(async () => {
  edge.kill('SIGKILL')
  await system.close()
})

test('a token that only the query API rejects is a 401 and does not end the process', async () => {
  const traveler = clientOf(
    () => signer.sign(),
    (path, init) => fetch(url + path, init),
  )
  const request = { propertyId: '507f1f77bcf86cd799439012', checkIn: '2040-01-01', checkOut: '2040-01-05', guests: 2 }
  for (let n = 0; n < 3; n++) {
    expect(await traveler('POST', '/api/travelers/bookings', request)).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    })
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect(edge.exitCode).toBeNull()
})
