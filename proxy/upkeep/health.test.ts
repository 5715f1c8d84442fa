import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { ProxyEnv } from '../http/env.ts'
import { StalledCalls } from './stalled-calls.ts'
import { Metrics } from './metrics.ts'
import { logWithDeadline } from './log-deadline.ts'
import { errorResponse } from '../http/errors.ts'
import { healthRoutes } from '../routes/health.ts'
import { TopicAvailability } from '../topics.ts'

/** A server that accepts connections and never answers. */
async function blackHole(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Health routes above a Kafka that accepts connections and never answers. */
async function open(limitMs: number) {
  let nowMs = 0
  const stalledCalls = new StalledCalls(() => nowMs)
  const kafka = openKafkaLog({ brokers: [await blackHole()], limitMs, report: () => undefined })
  onTestFinished(() => kafka.close())
  const log = logWithDeadline(kafka, 20, stalledCalls)
  const none = () => 0
  const metrics = new Metrics({
    pendingBytes: none,
    waiting: none,
    instances: none,
    lags: () => Promise.resolve([]),
  })
  const app = new Hono<ProxyEnv>().onError(errorResponse)
  const routes = healthRoutes({ topics: new TopicAvailability(log), metrics, stalledCalls, notReady: () => undefined })
  for (const { methods, path, handle } of routes) app.on([...methods], path, handle)
  const health = async () => {
    const answer = await app.request('/healthz')
    return { status: answer.status, body: await answer.json() }
  }
  const pass = (ms: number): void => void (nowMs += ms)
  const send = () => log.send([{ topic: 'bookings', value: 'x' }])
  return { kafka, app, health, pass, send }
}

test('the health check fails when a send has not settled long after its limit', async () => {
  // Long enough that the driver's own limit never applies.
  const { health, pass, send } = await open(600_000)
  await expect(send()).rejects.toMatchObject({ code: 'unknown' })
  pass(59_000)
  expect(await health()).toEqual({ status: 200, body: { status: 'ok', service: 'proxy', faults: [], warnings: [] } })
  pass(16_000)
  const error = 'the log has not answered send for 75 s (stalled calls: 1)'
  expect(await health()).toEqual({
    status: 503,
    body: { status: 'failing', service: 'proxy', faults: [error], warnings: [] },
  })
})

test('the proxy stays healthy during a long Kafka outage, because every send settles', async () => {
  const { kafka, app, health, pass, send } = await open(200)
  for (let i = 0; i < 3; i++) {
    await expect(send()).rejects.toMatchObject({ code: 'unknown' })
    // The driver rejects a little later than the proxy.
    await expect(kafka.send([{ topic: 'bookings', value: 'x' }])).rejects.toMatchObject({ code: 'unavailable' })
    pass(600_000)
    expect(await health()).toEqual({ status: 200, body: { status: 'ok', service: 'proxy', faults: [], warnings: [] } })
  }
  expect((await app.request('/readyz')).status).toBe(503)
})
