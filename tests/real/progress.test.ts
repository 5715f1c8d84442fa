/** The stall detection behind /healthz while Kafka and MongoDB are silent. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { publish, stay } from '#domain/testing/samples.ts'
import { plannedTopics } from '#domain/topics.ts'
import { SILENT } from '#platform/log-line.ts'
import { COLLECTIONS } from '#processor/collections.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { encodeSigned } from '#processor/testing/signed-commands.ts'
import { ownTopics } from '#processor/testing/own-topics.ts'
import { startProcessor } from '#processor/processor.ts'
import { createMonitor } from '#processor/upkeep/monitor/monitor.ts'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import { endLater, PATIENCE_MS, setTrap, unique } from './kafkajs-traps/trap.ts'
import { describeReal, type RunningStack } from './describe-real.ts'

const LIMIT_MS = 1000
/** Longer than every bounded wait with these limits. */
const STANDSTILL_MS = 3000

/** The decider on real servers behind proxies that can be silent. */
async function open({ brokers, mongodbUri }: RunningStack, limitMs = LIMIT_MS) {
  const { proxy, truth, open: openLog, naive } = await setTrap(brokers)
  const mongodb = await silenceable(Number(new URL(mongodbUri).port))
  const topics = ownTopics(unique('progress'))
  await truth.createTopics(plannedTopics(topics))
  const monitor = createMonitor({ standstillMs: STANDSTILL_MS, sessionMs: 3000 })
  const uri = `mongodb://127.0.0.1:${mongodb.port}/?directConnection=true`
  const options = { uri, collections: COLLECTIONS, timeoutMs: LIMIT_MS, report: () => undefined }
  const store = await openMongodbStore({ ...options, database: unique('progress') })
  const failed: unknown[] = []
  const processor = await startProcessor({
    log: openLog({ limitMs }),
    store,
    topics,
    commandKeys: COMMAND_KEYS,
    roles: ['decisions'],
    waiters: { wake: () => undefined },
    logger: { ...SILENT, error: (_message, fields) => void failed.push(fields?.['error']) },
    monitor,
  })
  onTestFinished(async () => {
    await processor.close()
    mongodb.silent = false
    mongodb.cut()
    await store.close()
  })
  /** Resolves when the log has the listing's event. */
  const decided = async (listingId: string): Promise<void> => {
    const event = async () => (await Promise.all([0, 1, 2].map((n) => valuesOf(n)))).flat().join()
    const valuesOf = async (partition: number) =>
      (await truth.read({ topic: topics.bookings, partition, offset: 0 }, 500, 0)).map(({ value }) => String(value))
    await expect.poll(event, { timeout: PATIENCE_MS }).toContain(textIn(listingId))
  }
  const messageOf = (listingId: string) =>
    encodeSigned({ ...publish({ ...stay, id: listingId }), id: listingId, listingId })
  const send = (listingId: string) => truth.send([{ topic: topics.requests, ...messageOf(listingId) }])
  /** Kafka writes a control record behind the message, which consumers do not receive. */
  const sendInTransaction = async (listingId: string): Promise<void> => {
    const transactionalId = unique('transaction')
    const producer = endLater(naive().producer({ transactionalId, maxInFlightRequests: 1, idempotent: true }))
    await producer.connect()
    const transaction = await producer.transaction()
    const { headers, ...message } = messageOf(listingId)
    await transaction.send({
      topic: topics.requests,
      messages: [{ ...message, headers: Object.fromEntries(headers) }],
    })
    await transaction.commit()
  }
  return {
    kafka: proxy,
    mongodb,
    failed,
    send,
    sendInTransaction,
    decided,
    stalled: () => monitor.progress.stalled(),
  }
}

/** The text's bytes as `String` prints them. */
const textIn = (text: string): string => String(new TextEncoder().encode(text))

/** A TCP proxy to MongoDB that can be silent: connections stay open, but no data passes. */
async function silenceable(target: number) {
  const sockets = new Set<Socket>()
  const relay = { port: 0, silent: false, cut: () => sockets.forEach((socket) => socket.destroy()) }
  const server = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    const pass = (from: Socket, to: Socket): void => {
      sockets.add(from)
      from.on('data', (bytes) => relay.silent || to.write(bytes))
      from.on('error', () => undefined).on('close', () => void [sockets.delete(from), to.destroy()])
    }
    pass(client, server)
    pass(server, client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  relay.port = (server.address() as AddressInfo).port
  onTestFinished(() => void [relay.cut(), server.close()])
  return relay
}

async function expectNoStall(stalled: () => string[], ms: number): Promise<void> {
  const until = performance.now() + ms
  while (performance.now() < until) {
    expect(stalled()).toEqual([])
    await pause(100)
  }
}

describeReal('a processor', (stack) => {
  test('whose Kafka and MongoDB are silent is not stalled, however long it waits', async () => {
    const { kafka, mongodb, failed, send, decided, stalled } = await open(stack)
    await send('before')
    await decided('before')
    mongodb.silent = true
    await send('meanwhile')
    await expect.poll(() => failed.length, { timeout: PATIENCE_MS }).toBeGreaterThan(0)
    const fault = kafka.fault({ what: 'request', fate: 'hold' })
    await expectNoStall(stalled, 2 * STANDSTILL_MS)
    fault.end()
    mongodb.silent = false
    mongodb.cut()
    await decided('meanwhile')
    expect(stalled()).toEqual([])
  })

  test('that has handled all messages up to a transaction marker is not stalled', async () => {
    const { sendInTransaction, decided, stalled } = await open(stack)
    await sendInTransaction('foreign')
    await decided('foreign')
    await expectNoStall(stalled, 1.5 * STANDSTILL_MS)
  })

  test('that waits for an answer without a limit is stalled and reports which call', async () => {
    const { kafka, send, decided, stalled } = await open(stack, 600_000)
    const fault = kafka.fault({ api: 'produce', what: 'request', fate: 'hold' })
    await send('meanwhile')
    const expected = [
      /^booking-decisions on \S+booking-requests\/\d has stood still for \d+ s$/,
      /^the log's send has stood still/,
    ]
    await expect
      .poll(stalled, { timeout: PATIENCE_MS })
      .toEqual(expected.map((sentence) => expect.stringMatching(sentence) as string))
    fault.end()
    await decided('meanwhile')
    expect(stalled()).toEqual([])
  })
})
