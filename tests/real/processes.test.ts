import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { Log } from '#log/log.ts'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { DEMO_LISTINGS } from '#processor/upkeep/demo-listings.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import { edgeOn } from '../../scripts/dev/runtimes.ts'
import { type Stack, startStack } from '../../scripts/stack/stack.ts'
import { type Client, clientOf } from '../system/system.ts'
import { killProcesses, type StartedProcess, readinessAt, startProcess } from './started-process.ts'
import { describeReal } from './describe-real.ts'

/**
 * The system as separate processes with settings from the environment, on their own servers: the topic `bookings` cannot be
 * renamed, and these servers are stopped and started.
 */
describeReal('The processes', () => {
  // Most tests take seconds; restarts of servers take longer on a busy machine.
  vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

  const ROOT = join(import.meta.dirname, '../..')
  const CREDENTIALS = { UPSTASH_KAFKA_REST_USERNAME: 'reservoir', UPSTASH_KAFKA_REST_PASSWORD: 'secret' }
  const TOKENS = { JWT_ISSUER: 'https://reservoir.localhost', JWT_AUDIENCE: 'reservoir' }
  const jaasFor = (password: string) =>
    `org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="${password}";`

  let folder: string
  let stack: Stack
  let log: Log
  let keys: Awaited<ReturnType<typeof devKeys>>
  let proxy: StartedProcess
  let processors: StartedProcess[]
  let edge: StartedProcess

  const program = (path: string, env: Record<string, string>) =>
    startProcess({ file: process.execPath, args: [join(ROOT, path)], env: { PROFILE: 'dev', ...env } })
  const servers = () => ({ KAFKA_BROKERS: stack.brokers, MONGODB_URI: `${stack.mongodbUri}processes` })
  const startProxy = (env: Record<string, string> = {}) =>
    program('proxy/node.ts', { ...CREDENTIALS, PROXY_PORT: '0', KAFKA_BROKERS: stack.brokers, ...env })
  const startProcessor = (env: Record<string, string> = {}) =>
    program('processor/node.ts', {
      ...servers(),
      ...TOKENS,
      JWT_JWKS: JSON.stringify(keys.jwks),
      COMMAND_KEYS: keys.commandKeys,
      PROCESSOR_PORT: '0',
      // Short, so that a dead member does not delay the others.
      KAFKA_SESSION_TIMEOUT_MS: '10000',
      ...env,
    })
  const startEdge = async (runtime: 'node' | 'deno', query: StartedProcess) =>
    startProcess(
      edgeOn(runtime, {
        PROFILE: 'dev',
        EDGE_PORT: '0',
        ...CREDENTIALS,
        ...TOKENS,
        JWT_JWKS: JSON.stringify(keys.jwks),
        COMMAND_KEYS: keys.commandKeys,
        UPSTASH_KAFKA_REST_URL: await proxy.url,
        QUERY_URL: await query.url,
      }),
    )
  const clientAt = (part: StartedProcess, role: 'traveler' | 'owner', sub: string): Client =>
    clientOf(
      () => keys.sign({ role, sub }),
      async (path, init) => fetch((await part.url) + path, init),
    )
  const answersReady = (part: StartedProcess, status: number, timeout = 30_000) =>
    vi.waitFor(async () => expect(await readinessAt(await part.url)).toBe(status), { timeout, interval: 100 })
  const isReady = (part: StartedProcess) => answersReady(part, 200, 60_000)
  /** Its API still reads from the store. */
  const warnsOfTheLog = (part: StartedProcess) =>
    vi.waitFor(
      async () => {
        const response = await fetch(`${await part.url}/readyz`)
        expect(response.status).toBe(200)
        expect((await response.json()) as unknown).toMatchObject({ warnings: [expect.stringMatching(/^the log: /)] })
      },
      { timeout: 30_000, interval: 100 },
    )
  const isUnready = (part: StartedProcess) => answersReady(part, 503)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reservoir-processes-'))
    stack = await startStack({
      dataDir: folder,
      kafkaListeners: { SECURED: 'SASL_PLAINTEXT' },
      kafkaSettings: {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.secured.plain.sasl.jaas.config': jaasFor('first-word'),
        'group.min.session.timeout.ms': '1000',
      },
    })
    log = openKafkaLog({ brokers: [stack.brokers] })
    keys = await devKeys(folder, {})
    proxy = startProxy()
    processors = [startProcessor(), startProcessor()]
    edge = await startEdge('node', processors[1]!)
    await Promise.all([proxy, ...processors, edge].map(isReady))
  })

  afterAll(async () => {
    killProcesses()
    await log?.close()
    await stack?.close('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  let day = 0
  const dayAt = (number: number) => new Date(Date.UTC(2031, 0, 1 + number)).toISOString().slice(0, 10)
  const stay = () => ({ listingId: 'listing-123', checkIn: dayAt(day), checkOut: dayAt(++day), guests: 2 })

  async function bookAcceptRead(at: StartedProcess, sub: string): Promise<void> {
    const [traveler, owner] = [clientAt(at, 'traveler', sub), clientAt(at, 'owner', 'owner-1')]
    const created = await traveler('POST', '/v1/bookings', stay())
    expect(created).toMatchObject({ status: 201, body: { status: 'pending' } })
    const path = `/v1/bookings/${created.body.id}`
    const accepted = await owner('POST', `${path}/accept`, undefined, { Prefer: 'wait=10' })
    expect(accepted).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const token = { 'Consistency-Token': accepted.headers.get('consistency-token')! }
    const notifications = await traveler('GET', '/v1/notifications?unread=true', undefined, token)
    expect(JSON.stringify(notifications.body)).toContain(created.body.id)
  }

  /** The last line about the server says that it answers. */
  async function reportsOutageOf(server: string, part: StartedProcess): Promise<void> {
    const lines = () => part.output().match(new RegExp(`waits for ${server}|${server} answers again`, 'g'))
    await expect.poll(() => lines()?.at(-1), { timeout: 20_000 }).toBe(`${server} answers again`)
    expect(lines()!.length).toBeLessThanOrEqual(4)
    expect(lines()![0]).toBe(`waits for ${server}`)
  }

  async function replaceIn(file: string, old: string, text: string): Promise<void> {
    const before = await readFile(file, 'utf8')
    expect(before).toContain(old)
    await writeFile(file, before.replace(old, text))
  }

  async function refusalOf(part: StartedProcess): Promise<string> {
    expect(await part.exit).toBe(1)
    expect(part.output()).not.toContain('    at ')
    return part.output()
  }

  const secured = (password: string, mechanism = 'plain') => ({
    KAFKA_BROKERS: stack.listeners['SECURED']!,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: 'ann',
    KAFKA_SASL_PASSWORD: password,
  })

  test('edge, proxy and processor accept a booking, decide it and notify the traveler', () =>
    bookAcceptRead(edge, 'traveler-1'))

  test('they do the same behind an edge on Deno', async () => {
    const onDeno = await startEdge('deno', processors[0]!)
    await isReady(onDeno)
    await bookAcceptRead(onDeno, 'traveler-2')
    onDeno.child.kill('SIGTERM')
    expect(await onDeno.exit).toBe(0)
  })

  test('two processors that start at once publish the demo listings once', async () => {
    // An event may be in the log twice, because both processors may emit it. A second publication may not.
    const published = new Set<string>()
    for (const { partition, first, end } of await log.bounds('bookings')) {
      for (let offset = first; offset < end;) {
        const messages = await log.read({ topic: 'bookings', partition, offset }, 500, 1_000)
        for (const { headers } of messages) {
          const text = new Map(headers.map(([name, value]) => [name, value && Buffer.from(value).toString()]))
          if (text.get('ce_type') === 'listing.published') published.add(text.get('ce_id')!)
        }
        offset = messages.at(-1)!.offset + 1
      }
    }
    expect(published.size).toBe(DEMO_LISTINGS.length)
  })

  /** The number of partitions of each member of a group. */
  async function sharesOf(group: string): Promise<number[]> {
    const admin = new Kafka({ brokers: [stack.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const { groups } = await admin.describeGroups([group])
    await admin.disconnect()
    const assignments = groups[0]!.members.map(({ memberAssignment }) =>
      memberAssignment.length > 0 ? AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment : undefined,
    )
    return assignments.map((topics) => Object.values(topics ?? {}).flat().length).sort((a, b) => a - b)
  }

  test('several processors share the partitions', async () => {
    await expect.poll(() => sharesOf(DECISIONS), { timeout: 20_000 }).toEqual([1, 2])
  })

  test('a processor finishes its work at SIGTERM, and the others take over', async () => {
    const leaver = startProcessor()
    await isReady(leaver)
    await expect.poll(() => sharesOf(DECISIONS), { timeout: 20_000 }).toEqual([1, 1, 1])
    const traveler = clientAt(edge, 'traveler', 'traveler-3')
    const answers = Promise.all(
      Array.from({ length: 30 }, () => traveler('POST', '/v1/bookings', stay(), { Prefer: 'wait=20' })),
    )
    leaver.child.kill('SIGTERM')
    expect(await leaver.exit).toBe(0)
    for (const answer of await answers) expect(answer.status).toBe(201)
    expect(leaver.output()).not.toContain('"level":"error"')
    await expect.poll(() => sharesOf(DECISIONS), { timeout: 20_000 }).toEqual([1, 2])
  })

  test('without MongoDB requests are accepted but reads are not; with MongoDB all continue without a restart', async () => {
    await stack.mongodb.stop('SIGKILL')
    await isUnready(processors[1]!)
    const traveler = clientAt(edge, 'traveler', 'traveler-4')
    const requested = await traveler('POST', '/v1/bookings', stay())
    expect(requested.status).toBe(201)
    expect((await traveler('GET', '/v1/bookings')).status).toBe(503)
    await stack.mongodb.start()
    await isReady(processors[1]!)
    const path = `/v1/bookings/${requested.body.id}`
    await expect.poll(async () => (await traveler('GET', path)).body.status, { timeout: 30_000 }).toBe('pending')
    await reportsOutageOf('MongoDB', processors[1]!)
  })

  let outcast: StartedProcess

  test('without Kafka the proxy is not ready, a processor warns and a new one waits; with Kafka all continue without a restart', async () => {
    outcast = startProcessor({ ...secured('first-word'), PROCESSOR_ROLES: 'decisions' })
    await isReady(outcast)
    await stack.kafka.stop('SIGKILL')
    await replaceIn(join(folder, 'kafka/server.properties'), jaasFor('first-word'), jaasFor('right'))
    await Promise.all([isUnready(proxy), warnsOfTheLog(processors[0]!)])
    const early = startProcessor({ PROCESSOR_PORT: '0' })
    await expect.poll(() => early.output(), { timeout: 30_000 }).toMatch(/waits for Kafka.*KAFKA_BROKERS/)
    const traveler = clientAt(edge, 'traveler', 'traveler-5')
    const refused = await traveler('POST', '/v1/bookings', stay())
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBeTruthy()

    await stack.kafka.start()
    await Promise.all([isReady(proxy), isReady(processors[0]!), isReady(edge), isReady(early)])
    await bookAcceptRead(edge, 'traveler-6')
    for (const part of [proxy, processors[0]!, early]) await reportsOutageOf('Kafka', part)
    early.child.kill('SIGTERM')
    expect(await early.exit).toBe(0)
  })

  test('a process ends when Kafka rejects the credentials of its consumer', async () => {
    expect(await refusalOf(outcast)).toMatch(/A consumer has stopped: .*KAFKA_SASL_PASSWORD/)
  })

  test('with the right credentials a processor is ready', async () => {
    const known = startProcessor({ ...secured('right'), PROCESSOR_ROLES: 'none' })
    await isReady(known)
    known.child.kill('SIGTERM')
    expect(await known.exit).toBe(0)
    expect(known.output()).not.toContain('"right"')
  })

  test.concurrent.each<[string, () => Record<string, string>, RegExp]>([
    ['a wrong password', () => secured('wrong-word'), /KAFKA_SASL_PASSWORD/],
    ['a mechanism that Kafka lacks', () => secured('right', 'scram-sha-256'), /KAFKA_SASL_MECHANISM/],
    ['a broker with an unknown host', () => ({ KAFKA_BROKERS: 'nowhere.invalid:9092' }), /KAFKA_BROKERS/],
    ['a MongoDB with an unknown host', () => ({ MONGODB_URI: 'mongodb://nowhere.invalid/' }), /MONGODB_URI/],
    ['an invalid URI', () => ({ MONGODB_URI: 'mongodb//localhost' }), /MONGODB_URI must have the form/],
    ['Kafka without MongoDB', () => ({ MONGODB_URI: '' }), /MONGODB_URI is missing, though KAFKA_BROKERS is set/],
  ])('%s ends the process with an error that names the setting', async (_, env, sentence) => {
    const output = await refusalOf(startProcessor(env()))
    expect(output).toMatch(sentence)
    expect(output).not.toContain('wrong-word')
  })

  test('topics with unequal partitions end the process with an error', async () => {
    await log.createTopics([{ topic: 'uneven-requests', partitions: 2 }])
    const output = await refusalOf(startProcessor({ KAFKA_REQUEST_TOPIC: 'uneven-requests' }))
    expect(output).toMatch(/bookings has 3 partitions, uneven-requests has 2; they must be equal.*KAFKA_REQUEST_TOPIC/)
  })
})
