import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readEdgeConfig } from './config.ts'
import { startEdge } from './node.ts'
import { SILENT } from '#platform/log-line.ts'
import { COMMAND_KEYS_TEXT } from '#platform/testing/command-keys.ts'
import { publicJwk } from './testing/edge.ts'

const env = {
  EDGE_PORT: '0',
  UPSTASH_KAFKA_REST_URL: 'http://127.0.0.1:9',
  UPSTASH_KAFKA_REST_USERNAME: 'name',
  UPSTASH_KAFKA_REST_PASSWORD: 'word',
  QUERY_URL: 'http://127.0.0.1:9',
  COMMAND_KEYS: COMMAND_KEYS_TEXT,
  JWT_ISSUER: 'issuer',
  JWT_AUDIENCE: 'audience',
  JWT_JWKS: JSON.stringify({ keys: [publicJwk] }),
}

test('the edge responds over HTTP until it is closed', async () => {
  const edge = await startEdge(readEdgeConfig(env), SILENT)
  const url = `http://127.0.0.1:${edge.port}`
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const readyz = await fetch(`${url}/readyz`)
  expect(readyz.status).toBe(200)
  expect(await readyz.json()).toMatchObject({ warnings: ['the proxy or its log does not respond'] })
  expect((await fetch(`${url}/v1/bookings`)).headers.get('content-type')).toBe('application/problem+json')
  await edge.close()
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

test('a health check by HTTP/1.0 without a Host header succeeds, and connections outlive those of a balancer', async () => {
  const edge = await startEdge(readEdgeConfig(env), SILENT)
  onTestFinished(() => edge.close())
  const socket = connect(edge.port, '127.0.0.1').setEncoding('utf8')
  socket.end('GET /healthz HTTP/1.0\r\n\r\n')
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 /)
  const response = await fetch(`http://127.0.0.1:${edge.port}/healthz`)
  expect(response.headers.get('keep-alive')).toBe('timeout=75')
})

const run = (changes: Record<string, string>) =>
  spawn(process.execPath, [join(import.meta.dirname, 'node.ts')], { env: { ...process.env, ...env, ...changes } })

test('the process logs its port and ends on SIGTERM', async () => {
  const child = run({})
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  expect(JSON.parse(String(line))).toMatchObject({ level: 'info', service: 'edge' })
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
})

test('the process rejects an invalid environment in one sentence', async () => {
  const child = run({ QUERY_URL: '' })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  expect(await once(child, 'close')).toEqual([1, null])
  expect(JSON.parse(text)).toMatchObject({
    service: 'edge',
    level: 'error',
    message: expect.stringContaining('QUERY_URL'),
  })
  expect(text).not.toContain('    at ')
})
