/** A broker with a listener for each kind of access: SASL PLAIN, SASL SCRAM, TLS, and both. Wrong settings must be reported. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { textOf } from '#log/conformance/scene.ts'
import { openKafkaLog, type KafkaLogOptions } from '#log/kafka/kafka-log.ts'
import type { Log } from '#log/log.ts'
import { KAFKA_JARS } from '../../../scripts/stack/packages.ts'
import { downloaded } from '../../../scripts/stack/download.ts'
import { startStack, type Stack } from '../../../scripts/stack/stack.ts'
import { unique } from '../kafkajs-traps/trap.ts'
import { describeReal } from '../describe-real.ts'

const run = promisify(execFile)

const USER = 'traveler'
const PASSWORD = 'p\u00e4ss-word'
const STORE_PASSWORD = 'changeit'

/** Java reads property files as Latin-1, so other characters are escaped. */
const escaped = (text: string): string =>
  text.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

const PLAIN = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${escaped(PASSWORD)}";`
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'

const saslOf = (listener: string, mechanisms: string): Record<string, string> => ({
  [`listener.name.${listener}.sasl.enabled.mechanisms`]: mechanisms,
  [`listener.name.${listener}.plain.sasl.jaas.config`]: PLAIN,
  [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: SCRAM,
  [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: SCRAM,
})

/** A self-signed certificate for 127.0.0.1. */
async function makeCertificate(folder: string, name: string): Promise<{ store: string; ca: string }> {
  const store = join(folder, `${name}.p12`)
  const own = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD, '-alias', name]
  const about = ['-keyalg', 'EC', '-dname', `CN=${name}`, '-ext', 'san=ip:127.0.0.1', '-validity', '2']
  await run('keytool', ['-genkeypair', ...own, ...about])
  const { stdout } = await run('keytool', ['-exportcert', '-rfc', ...own])
  return { store, ca: stdout }
}

async function addScramUser(brokers: string): Promise<void> {
  const jars = join(await downloaded(KAFKA_JARS, () => {}), 'libs/*')
  const credentials = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((mechanism) => `${mechanism}=[password=${PASSWORD}]`)
  const change = ['--alter', '--add-config', credentials.join(), '--entity-type', 'users', '--entity-name', USER]
  await run('java', ['-cp', jars, 'kafka.admin.ConfigCommand', '--bootstrap-server', brokers, ...change])
}

describeReal('Kafka with authentication', () => {
  let folder: string
  let stack: Stack
  let ca: string
  let otherCa: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'log-kafka-security-'))
    const [broker, other] = await Promise.all(['broker', 'other'].map((name) => makeCertificate(folder, name)))
    ca = broker!.ca
    otherCa = other!.ca
    stack = await startStack({
      dataDir: folder,
      servers: ['kafka'],
      kafkaListeners: { SASL: 'SASL_PLAINTEXT', TLS: 'SSL', BOTH: 'SASL_SSL' },
      kafkaSettings: {
        ...saslOf('sasl', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'),
        ...saslOf('both', 'SCRAM-SHA-512'),
        'ssl.keystore.location': broker!.store,
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.password': STORE_PASSWORD,
        'connection.failed.authentication.delay.ms': '50',
      },
    })
    await addScramUser(stack.brokers)
  })

  afterAll(async () => {
    await stack?.close('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const openAt = (listener: string, options: Partial<KafkaLogOptions> = {}, finished = onTestFinished): Log => {
    const log = openKafkaLog({ brokers: [stack.listeners[listener] ?? listener], limitMs: 20_000, ...options })
    finished(() => log.close())
    return log
  }

  async function goesThrough(log: Log): Promise<void> {
    const topic = unique('secured')
    await log.createTopics([{ topic, partitions: 1 }])
    await log.send([{ topic, value: 'a secret' }])
    const [message] = await log.read({ topic, partition: 0, offset: 0 }, 1, 5000)
    expect(textOf(message!.value)).toBe('a secret')
    const seen = Promise.withResolvers<string | null>()
    await log.run({ group: topic, topics: [topic] }, async ({ messages }) => seen.resolve(textOf(messages[0]!.value)))
    expect(await seen.promise).toBe('a secret')
  }

  const sasl = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = PASSWORD) => ({
    sasl: { mechanism, username: USER, password },
  })

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('accepts %s', (mechanism) =>
    goesThrough(openAt('SASL', sasl(mechanism))),
  )

  test('accepts TLS', () => goesThrough(openAt('TLS', { ssl: { ca } })))

  test('accepts SCRAM over TLS', () => goesThrough(openAt('BOTH', { ssl: { ca }, ...sasl('scram-sha-512') })))

  const WRONG: [what: string, listener: string, options: () => Partial<KafkaLogOptions>, says: RegExp][] = [
    ['a wrong password', 'SASL', () => sasl('plain', 'guess'), /KAFKA_SASL_USERNAME with KAFKA_SASL_PASSWORD/],
    ['a wrong password by SCRAM', 'SASL', () => sasl('scram-sha-512', 'guess'), /KAFKA_SASL_PASSWORD/],
    [
      'a mechanism that the broker lacks',
      'BOTH',
      () => ({ ssl: { ca }, ...sasl('scram-sha-256') }),
      /KAFKA_SASL_MECHANISM/,
    ],
    ['SASL on a listener without SASL', 'TLS', () => ({ ssl: { ca }, ...sasl('plain') }), /KAFKA_SASL_MECHANISM/],
    ['no SASL on a listener with SASL', 'SASL', () => ({}), /KAFKA_SASL_MECHANISM/],
    ['no TLS on a listener with TLS', 'TLS', () => ({}), /KAFKA_SSL/],
    ['TLS on a listener without TLS', 'SASL', () => ({ ssl: true, ...sasl('plain') }), /KAFKA_SSL/],
    ['an unknown certificate authority', 'TLS', () => ({ ssl: true }), /KAFKA_SSL_CA/],
    [
      'the wrong certificate authority',
      'BOTH',
      () => ({ ssl: { ca: otherCa }, ...sasl('scram-sha-512') }),
      /KAFKA_SSL_CA/,
    ],
    [
      'an unknown host',
      'nowhere.invalid:9092',
      () => ({}),
      /nowhere\.invalid:9092 cannot be resolved: check KAFKA_BROKERS/,
    ],
    ['a port without a listener', '127.0.0.1:1', () => ({}), /127\.0\.0\.1:1: check KAFKA_BROKERS/],
  ]
  const title = 'with %s the error names the setting and shows no secret'
  test.concurrent.for(WRONG)(title, async ([, listener, options, says], { expect, onTestFinished: finished }) => {
    const log = openAt(listener, { limitMs: 5000, ...options() }, finished)
    const sending = expect(log.send([{ topic: 'any', value: 'a' }])).rejects.toMatchObject({ code: 'unavailable' })
    const error = await log.topics().then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    expect(error).toMatchObject({ name: 'LogError', code: 'unavailable', message: expect.stringMatching(says) })
    expect(error!.message).not.toContain('guess')
    await sending
  })

  test('a wrong password is reported without retries', async () => {
    const started = performance.now()
    await expect(openAt('SASL', { limitMs: 60_000, ...sasl('plain', 'guess') }).topics()).rejects.toThrow('PASSWORD')
    expect(performance.now() - started).toBeLessThan(15_000)
  })

  test('the messages of kafkajs are passed on without passwords', async () => {
    const lines: string[] = []
    const log = openAt('SASL', { ...sasl('plain', 'guess'), trace: (line) => void lines.push(line) })
    await expect(log.topics()).rejects.toThrow('PASSWORD')
    expect(lines.join('\n')).toContain('SASL PLAIN authentication failed')
    expect(lines.join('\n')).not.toContain('guess')
  })
})
