import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Brokers } from './brokers.ts'
import { openKafkaLog } from './kafka-log.ts'

const MUST = 'must be host:port, with commas between several'

test('accepts host names and addresses with a port, separated by commas', () => {
  const given = ' kafka-0.kafka:9092 , 10.0.0.1:65535,[::1]:9092,[fe80::1:2]:1,'
  expect(Brokers.parse(given)).toEqual(['kafka-0.kafka:9092', '10.0.0.1:65535', '[::1]:9092', '[fe80::1:2]:1'])
})

test.each([
  [',', 'the value is empty'],
  ['kafka', 'kafka has no port: write for example kafka:9092'],
  ['[::1]', '[::1] has no port: write for example [::1]:9092'],
  ['a:1,kafka:', 'the port of kafka: must be from 1 to 65535'],
  ['kafka:0', 'the port of kafka:0 must be from 1 to 65535'],
  ['kafka:65536', 'the port of kafka:65536 must be from 1 to 65535'],
  [':9092', ':9092 has no host'],
  ['a b:9092', 'a b:9092 has no host'],
  ['http://kafka:9092', 'http://kafka:9092 contains a slash: give only the host and the port'],
  ['ann:s3cret@kafka:9092', 'set the username and the password in KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'],
  ['::1:9092', '::1:9092 needs brackets around its address: write for example [::1]:9092'],
  ['fe80::1', 'fe80::1 needs brackets around its address: write for example [fe80::1]:9092'],
  [
    '2001:db8:0:0:0:0:0:1',
    '2001:db8:0:0:0:0:0:1 needs brackets around its address: write for example [2001:db8:0:0:0:0:0:1]:9092',
  ],
  ['a:1:2', 'a:1:2 has too many colons'],
  ['[localhost]:9092', '[localhost] is not an IPv6 address'],
])('%j is refused with what is wrong with it', (text, problem) => {
  expect(Brokers.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([`${MUST}: ${problem}`])
})

const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '::1')
const hasIpv6 = await once(server, 'listening').then(
  () => true,
  () => false,
)

describe.skipIf(!hasIpv6)(`an IPv6 address${hasIpv6 ? '' : ' (skipped: this machine has no IPv6)'}`, () => {
  const broker = `[::1]:${(server.address() as AddressInfo).port}`

  test('is connected to, and is quoted as given when nothing answers', async () => {
    const asked = once(server, 'connection').then(([socket]) => once(socket, 'data'))
    const log = openKafkaLog({ brokers: [broker], limitMs: 1000 })
    const topics = log.topics().catch((error: unknown) => error)
    // The first thing kafkajs asks, ApiVersions.
    expect(((await asked) as [Buffer])[0].readInt16BE(4)).toBe(18)
    server.close()
    await log.close()
    expect(await topics).toMatchObject({ code: 'closed' })

    const late = openKafkaLog({ brokers: [broker], limitMs: 1000 })
    await expect(late.topics()).rejects.toThrow(`Kafka does not answer at ${broker}: check KAFKA_BROKERS`)
    await late.close()
  })
})
