/**
 * How long a booking takes from its POST to its decision, one at a time on an idle system of three processes: edge, proxy, log,
 * decision, views, receipt, query API, edge. Beside it one produce and one write, raw, one after the other.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { addDays } from '#domain/civil.ts'
import { devKeys } from '../scripts/dev-keys.ts'
import { eachMs, percentile } from './figures.ts'
import { type Part, startPart } from './part.ts'
import type { Row, Servers, Tell } from './measure.ts'

const TIMES = 300
const WARM_UP = 50

/** In turn, as on a quiet day: none of them is booked out by the bench. */
const LISTINGS = 50

export async function benchWay(servers: Servers, tell: Tell): Promise<Row> {
  tell(`one produce and one write, raw, ${TIMES} times`)
  const raw = await rawMs(servers)
  tell(`POST to decision, ${TIMES} times`)
  const ours = await postMs(servers)
  const [p50, baseline] = [percentile(ours, 0.5), percentile(raw, 0.5)]
  return {
    what: 'POST to visible decision, idle, p50',
    figure: `${p50.toFixed(1)} ms (p99 ${percentile(ours, 0.99).toFixed(1)})`,
    baseline: `${baseline.toFixed(1)} ms (p99 ${percentile(raw, 0.99).toFixed(1)})`,
    ratio: p50 / baseline,
    aim: 'at most 3',
  }
}

async function rawMs({ brokers, mongodbUri }: Servers): Promise<number[]> {
  const topic = `bench-${randomUUID().slice(0, 8)}`
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })]
  const mongo = new MongoClient(mongodbUri, { writeConcern: { w: 'majority', journal: true } })
  try {
    await Promise.all([admin.connect(), producer.connect(), mongo.connect()])
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true })
    const bookings = mongo.db(topic).collection<{ _id: string; value: string }>('bookings')
    const value = 'x'.repeat(350)
    const once = async (i: number): Promise<void> => {
      await producer.send({ topic, acks: -1, messages: [{ key: String(i), value }] })
      await bookings.insertOne({ _id: `${i}`, value })
    }
    await eachMs(WARM_UP, (i) => once(-1 - i))
    return await eachMs(TIMES, once)
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect(), mongo.close()])
  }
}

async function postMs(servers: Servers): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'reservoir-bench-'))
  const { sign, jwks } = await devKeys(folder, {})
  const proxyUser = { UPSTASH_KAFKA_REST_USERNAME: 'bench', UPSTASH_KAFKA_REST_PASSWORD: 'bench' }
  const tokens = {
    JWT_ISSUER: 'https://reservoir.localhost',
    JWT_AUDIENCE: 'reservoir',
    JWT_JWKS: JSON.stringify(jwks),
  }
  const kafka = { KAFKA_BROKERS: servers.brokers, KAFKA_REPLICATION: '1' }
  const parts: Part[] = []
  const start = async (file: string, env: Record<string, string>, portName: string): Promise<string> => {
    const part = await startPart(file, env, portName)
    parts.push(part)
    return part.url
  }
  try {
    const processor = { ...kafka, ...tokens, MONGODB_URI: servers.mongodbUri }
    const query = await start('processor/node.ts', processor, 'PROCESSOR_PORT')
    const proxy = await start('proxy/node.ts', { ...kafka, ...proxyUser }, 'PROXY_PORT')
    const around = { UPSTASH_KAFKA_REST_URL: proxy, QUERY_URL: query, RATE_LIMIT_PER_MINUTE: '0' }
    const edge = await start('edge/node.ts', { ...proxyUser, ...tokens, ...around }, 'EDGE_PORT')
    const tokenOf = (role: 'owner' | 'traveler') => sign({ role, sub: `${role}-1` })
    return await bookings(edge, { owner: await tokenOf('owner'), traveler: await tokenOf('traveler') })
  } finally {
    for (const part of parts.toReversed()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bookings(edge: string, tokens: { owner: string; traveler: string }): Promise<number[]> {
  const post = async (path: string, token: string, body: object): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'wait=5' }
    const response = await fetch(edge + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await response.text()
    if (response.status !== 201) throw new Error(`${path}: ${response.status} ${text}`)
  }
  const ids = Array.from({ length: LISTINGS }, () => `bench-${randomUUID()}`)
  const listing = { kind: 'stay', name: 'A stay', maxGuests: 4, confirmationPolicy: 'instant' }
  const price = { amount: 10_000, currency: 'USD' }
  for (const id of ids) await post('/v1/listings', tokens.owner, { id, ...listing, price })
  const once = (i: number): Promise<void> => {
    const day = Math.floor(i / LISTINGS)
    const span = { checkIn: addDays('2031-01-01', day), checkOut: addDays('2031-01-01', day + 1) }
    return post('/v1/bookings', tokens.traveler, { listingId: ids[i % LISTINGS], ...span, guests: 2 })
  }
  await eachMs(WARM_UP, (i) => once(TIMES + i))
  return eachMs(TIMES, once)
}
