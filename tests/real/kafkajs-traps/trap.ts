/** Shared by the tests of kafkajs's faults: the driver and kafkajs itself, both behind one fault proxy. */
import { Kafka, logLevel, type Admin, type KafkaConfig } from 'kafkajs'
import { onTestFinished } from 'vitest'
import { textOf } from '#log/conformance/scene.ts'
import { openKafkaLog, type KafkaLogOptions } from '#log/kafka/kafka-log.ts'
import type { Log } from '#log/log.ts'
import { startFaultProxy, type FaultProxy } from '../fault-proxy.ts'

/** Limit for calls that are not under test, on a busy machine. */
export const PATIENCE_MS = 20_000

let made = 0
export const unique = (what: string): string => `${what}-${process.pid}-${Date.now().toString(36)}-${made++}`

export interface Trap {
  proxy: FaultProxy
  /** The driver connected directly to the broker, to read the actual state. */
  truth: Log
  topic: string
  group: string
  /** The driver behind the proxy. */
  open: (options?: Partial<KafkaLogOptions>) => Log
  /** Unpatched kafkajs behind the proxy. */
  naive: (options?: Partial<KafkaConfig>) => Kafka
}

export async function setTrap(brokers: string, partitions = 1): Promise<Trap> {
  const proxy = await startFaultProxy(brokers)
  onTestFinished(() => proxy.close())
  const openAt = (broker: string, options: Partial<KafkaLogOptions> = {}): Log => {
    const log = openKafkaLog({
      brokers: [broker],
      sessionTimeoutMs: 3000,
      heartbeatMs: 100,
      report: () => {},
      ...options,
    })
    onTestFinished(() => log.close())
    return log
  }
  const truth = openAt(brokers, { limitMs: PATIENCE_MS })
  const topic = unique('trap')
  await truth.createTopics([{ topic, partitions }])
  const naive = (options: Partial<KafkaConfig> = {}): Kafka =>
    new Kafka({ brokers: [proxy.broker], logLevel: logLevel.NOTHING, connectionTimeout: 3000, ...options })
  return { proxy, truth, topic, group: unique('group'), open: (options) => openAt(proxy.broker, options), naive }
}

/** Disconnects at the end of the test, within 1 s because kafkajs may hang. */
export function endLater<T extends { disconnect(): Promise<void> }>(client: T): T {
  onTestFinished(async () => {
    await Promise.race([
      client.disconnect().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, 1000)),
    ])
  })
  return client
}

/** kafkajs's client for topics and groups, connected. */
export async function adminOf({ naive }: Pick<Trap, 'naive'>): Promise<Admin> {
  const admin = endLater(naive().admin())
  await admin.connect()
  return admin
}

/** All values of a partition. */
export async function valuesIn(log: Log, topic: string, partition = 0): Promise<(string | null)[]> {
  const { end } = (await log.bounds(topic))[partition]!
  const values: (string | null)[] = []
  for (let offset = 0; offset < end;) {
    const messages = await log.read({ topic, partition, offset }, 500, 5000)
    values.push(...messages.map(({ value }) => textOf(value)))
    offset = messages.at(-1)!.offset + 1
  }
  return values
}

export const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'acknowledged',
    (error: unknown) => (error as { code?: string }).code ?? 'failed',
  )
