import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { TOPICS } from '#domain/topics.ts'
import type { Traffic } from '../history/traffic.ts'
import { describeReal } from './stack.ts'
import { type RealSystem, SESSION_MS, startRealSystem } from './system-processes.ts'

/** How long a server is away. */
const AWAY_MS = 20_000

/** In which time a processor that waits for a message has it under way. */
const FETCHED_MS = 1_000

/** Of which nobody else asks for anything: what is left undone there is not done by the way. */
const ON_EVERY_PARTITION = ['quiet-2', 'quiet-0', 'quiet-6']

/**
 * Travelers and owners book while parts of the system die, freeze and come back. After each fault the lag is gone within 60 s (I12),
 * and whatever anybody was told since the beginning is true (I1 to I11).
 */
describeReal('The system on real servers, while travelers and owners are at work,', () => {
  let system: RealSystem
  let traffic: Traffic

  beforeAll(async () => {
    // With MUTANT both processors break a rule of exactly-once, to see it noticed.
    system = await startRealSystem(process.env['MUTANT'])
    const owner = await system.as('owner', 'owner-1')
    for (const id of ON_EVERY_PARTITION) {
      const body = { id, kind: 'stay', name: id, capacity: 1, maxGuests: 2, price: { amount: 100, currency: 'USD' } }
      await owner.insist('POST', '/v1/listings', { key: id, body })
    }
    traffic = await system.traffic()
    await traffic.more(20)
  }, 240_000)

  afterAll(() => system?.close())

  /** Traffic goes on after the fault, ends, everything is done, and everything was right. */
  async function recovers(): Promise<void> {
    await traffic.more(10)
    await traffic.stop()
    await system.comesToRest()
    expect(await system.violations()).toEqual([])
    traffic = await system.traffic()
  }

  /** Whether the commands below these offsets are decided. */
  async function done(ends: readonly number[]): Promise<boolean> {
    const committed = await system.log.committed(DECISIONS, TOPICS.requests)
    return ends.every((end, partition) => committed[partition]! >= end)
  }

  let day = 0

  /** Without a key nobody asks the store about it, so this works while the store does not. */
  async function askOnEveryPartition(headers: Record<string, string> = {}): Promise<void> {
    const traveler = await system.as('traveler', 'of-every-partition')
    day += 2
    const [checkIn, checkOut] = [1, 2].map((n) => new Date(Date.UTC(2038, 0, day + n)).toISOString().slice(0, 10))
    const asked = ON_EVERY_PARTITION.map((listingId) =>
      traveler.call('POST', '/v1/bookings', { body: { listingId, checkIn, checkOut, guests: 1 }, headers }),
    )
    for (const { answer } of await Promise.all(asked)) expect(answer?.status).toBe(201)
  }

  /**
   * The store answers nothing any more as they decide: both processors are in the midst of a batch. Nobody who would ask again for
   * what is lost in it is at work meanwhile.
   */
  async function stuckInBatches(): Promise<void> {
    await traffic.stop()
    await askOnEveryPartition({ Prefer: 'wait=20' })
    system.stack.mongodb.pause()
    await askOnEveryPartition()
    await pause(FETCHED_MS)
    traffic = await system.traffic()
  }

  test('loses nothing when a processor is killed before it has written its batch', { timeout: 180_000 }, async () => {
    const [, second] = system.processors
    await stuckInBatches()
    await second.end('SIGKILL')
    // With what it had been sent and not yet read.
    await system.stack.mongodb.stop('SIGKILL')
    await system.stack.mongodb.start()
    second.start()
    await recovers()
    await second.until(200)
  })

  test.each([
    ['loses nothing when it is killed after that, before it has told', 'loses what it was sent'],
    ['doubles nothing when what it tells is heard after its death', 'reads what it was sent'],
  ])('%s', { timeout: 180_000 }, async (_, kafka) => {
    const [, second] = system.processors
    await stuckInBatches()
    system.stack.kafka.pause()
    system.stack.mongodb.resume()
    await pause(FETCHED_MS)
    await second.end('SIGKILL')
    if (kafka === 'loses what it was sent') await system.stack.kafka.stop('SIGKILL')
    system.stack.kafka.resume()
    await system.stack.kafka.start()
    second.start()
    await recovers()
    await second.until(200)
  })

  test('goes on when the processor that answers is killed as well', { timeout: 180_000 }, async () => {
    const [first] = system.processors
    await first.end('SIGKILL')
    await pause(1_000)
    first.start()
    await recovers()
  })

  test('takes back a processor that was frozen for longer than its session', { timeout: 180_000 }, async () => {
    const [, second] = system.processors
    second.freeze()
    await pause(FETCHED_MS)
    const left = (await system.log.bounds(TOPICS.requests)).map(({ end }) => end)
    expect(await done(left)).toBe(false)
    // When its session is over, the other one does what it has left.
    await expect.poll(() => done(left), { timeout: SESSION_MS + 30_000 }).toBe(true)
    second.thaw()
    await recovers()
    await second.until(200)
  })

  test('answers everybody after the proxy was killed with requests in flight', { timeout: 180_000 }, async () => {
    await system.proxy.end('SIGKILL')
    await expect.poll(() => system.history.at(-1)?.answer?.status ?? 0, { timeout: 15_000 }).toBeGreaterThanOrEqual(500)
    system.proxy.start()
    await recovers()
  })

  test(
    'takes requests and no decisions while MongoDB is away, and needs no restart after it',
    {
      timeout: 240_000,
    },
    async () => {
      await system.stack.mongodb.stop('SIGKILL')
      const stoppedMs = performance.now()
      const [first] = system.processors
      await first.until(503)
      const traveler = await system.as('traveler', 'without-mongodb')
      const body = { listingId: 'FLIGHT456', checkIn: '2037-01-01', guests: 1 }
      const asked = await traveler.call('POST', '/v1/bookings', { body })
      expect(asked.answer).toMatchObject({ status: 201, body: { status: 'pending' } })
      expect((await traveler.call('GET', '/v1/bookings')).answer?.status).toBe(503)
      await pause(AWAY_MS - (performance.now() - stoppedMs))
      await system.stack.mongodb.start()
      await first.until(200)
      await recovers()
      const found = await traveler.call('GET', `/v1/bookings/${asked.answer!.body.id}`)
      expect(found.answer).toMatchObject({ status: 200, body: { ownerId: 'owner-1' } })
    },
  )

  test('says within 5 s that Kafka is away, and needs no restart after it', { timeout: 300_000 }, async () => {
    await system.stack.kafka.stop('SIGKILL')
    const stoppedMs = performance.now()
    const answers: Awaited<ReturnType<typeof produce>>[] = []
    const statusNow = async () => answers[answers.push(await produce()) - 1]!.status
    await expect.poll(statusNow, { timeout: 20_000 }).toBe(503)
    for (const { status, retryAfter, tookMs } of answers) {
      // Of what was sent as Kafka went away nobody knows whether it has it.
      expect([503, 504]).toContain(status)
      expect(retryAfter).toMatch(/^\d+$/)
      expect(tookMs).toBeLessThan(5_500)
    }
    for (const part of [system.proxy, system.edge, ...system.processors]) await part.until(503)
    await pause(AWAY_MS - (performance.now() - stoppedMs))
    await system.stack.kafka.start()
    for (const part of system.parts) await part.until(200)
    await recovers()
  })

  /** Past the edge, as any client of the REST API does. */
  async function produce(): Promise<{ status: number; retryAfter: string | null; tookMs: number }> {
    const { UPSTASH_KAFKA_REST_USERNAME: name, UPSTASH_KAFKA_REST_PASSWORD: password } = system.env
    const startMs = performance.now()
    const { status, headers } = await fetch(`${system.proxy.origin}/produce`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${name}:${password}`)}` },
      body: JSON.stringify({ topic: TOPICS.requests, value: 'not JSON, while Kafka is away' }),
    })
    return { status, retryAfter: headers.get('retry-after'), tookMs: performance.now() - startMs }
  }

  test('comes to rest and is right when all of it has passed', { timeout: 120_000 }, async () => {
    await recovers()
    await traffic.stop()
  })
})
