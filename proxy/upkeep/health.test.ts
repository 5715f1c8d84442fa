import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { ProxyEnv } from '../http/env.ts'
import { Overdue } from './stalled-calls.ts'
import { Metrics } from './metrics.ts'
import { patientLog } from './patient-log.ts'
import { answerProblem } from '../http/errors.ts'
import { healthRoutes } from '../routes/health.ts'
import { Topics } from '../topics.ts'

/** Takes connections and says nothing, for ever. */
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

/** A proxy's health on Kafka that takes connections and never answers, and what the process itself would answer. */
async function open(limitMs: number) {
  let nowMs = 0
  const overdue = new Overdue(() => nowMs)
  const kafka = openKafkaLog({ brokers: [await blackHole()], limitMs, report: () => undefined })
  onTestFinished(() => kafka.close())
  const log = patientLog(kafka, 20, overdue)
  const none = () => 0
  const metrics = new Metrics({
    pendingBytes: none,
    waiting: none,
    instances: none,
    lags: () => Promise.resolve([]),
  })
  const app = new Hono<ProxyEnv>().onError(answerProblem)
  app.route('/', healthRoutes({ topics: new Topics(log), metrics, overdue, notReady: () => undefined }))
  const health = async () => {
    const answer = await app.request('/healthz')
    return { status: answer.status, body: await answer.json() }
  }
  const pass = (ms: number): void => void (nowMs += ms)
  const send = () => log.send([{ topic: 'bookings', value: 'x' }])
  return { kafka, app, health, pass, send }
}

test('a send that neither succeeds nor fails, long past its limit, is no longer health', async () => {
  // A driver whose own limit does not hold, as far as the proxy can see.
  const { health, pass, send } = await open(600_000)
  await expect(send()).rejects.toMatchObject({ code: 'unknown' })
  pass(59_000)
  expect(await health()).toEqual({ status: 200, body: { status: 200 } })
  pass(16_000)
  const error = "the log's send has stood still for 75 s (1 such calls)"
  expect(await health()).toEqual({ status: 503, body: { error, status: 503 } })
})

test('Kafka that is away for longer is: every send ends, late or not', async () => {
  const { kafka, app, health, pass, send } = await open(200)
  for (let i = 0; i < 3; i++) {
    await expect(send()).rejects.toMatchObject({ code: 'unknown' })
    // The driver gives up a little after the proxy has.
    await expect(kafka.send([{ topic: 'bookings', value: 'x' }])).rejects.toMatchObject({ code: 'unavailable' })
    pass(600_000)
    expect(await health()).toEqual({ status: 200, body: { status: 200 } })
  }
  expect((await app.request('/readyz')).status).toBe(503)
})
