/** A broker with access control: rights are revoked while groups read. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type Admin } from 'kafkajs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { commitAll, startReader, until } from '#log/conformance/scene.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { Log } from '#log/log.ts'
import { startStack, type Stack } from '../../../scripts/stack/stack.ts'
import { unique } from '../kafkajs-traps/trap.ts'
import { describeReal } from '../describe-real.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs

/** Of a client that does not authenticate. */
const PRINCIPAL = 'User:ANONYMOUS'

describeReal('Kafka with access control', () => {
  let folder: string
  let stack: Stack
  let admin: Admin

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'log-kafka-rights-'))
    stack = await startStack({
      dataDir: folder,
      servers: ['kafka'],
      kafkaSettings: {
        'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer',
        'allow.everyone.if.no.acl.found': 'true',
        'group.min.session.timeout.ms': '1000',
      },
    })
    admin = new Kafka({ brokers: [stack.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
  })

  afterAll(async () => {
    await admin?.disconnect()
    await stack?.close('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const openLog = (crashes: Error[]): Log => {
    const log = openKafkaLog({
      brokers: [stack.brokers],
      sessionTimeoutMs: 3000,
      heartbeatMs: 100,
      partitionRefreshMs: 500,
      report: () => {},
      crashed: (error) => void crashes.push(error),
    })
    onTestFinished(() => log.close())
    return log
  }

  const ruleOf = (topic: string, operation: number, permissionType: number) => ({
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: PRINCIPAL,
    host: '*',
    operation,
    permissionType,
  })

  // Everything is allowed as long as a topic has no rule.
  test.each([
    ['to read', AclOperationTypes.DESCRIBE, AclPermissionTypes.ALLOW],
    ['to see', AclOperationTypes.ALL, AclPermissionTypes.DENY],
  ])(
    'a revoked right %s one topic ends no reader of another, and may be granted again',
    async (right, operation, permission) => {
      const crashes: Error[] = []
      const log = openLog(crashes)
      const [revoked, kept] = [unique('revoked'), unique('kept')]
      await log.createTopics([revoked, kept].map((topic) => ({ topic, partitions: 1 })))
      const codes = new Map<string, string | undefined>()
      const unreadable = ({ topic }: { topic: string }, error?: { code: string }): void =>
        void codes.set(topic, error?.code)
      const both = await startReader(log, { group: unique('both'), topics: [revoked, kept], unreadable })
      const other = await startReader(log, { group: unique('other'), topics: [kept] })
      const send = (topic: string, value: string): Promise<unknown> => log.send([{ topic, value }])
      await Promise.all([send(revoked, 'before'), send(kept, 'before')])
      await until('both topics are read', () => both.seen.length === 2 && other.seen.length === 1)

      const rule = ruleOf(revoked, operation, permission)
      await admin.createAcls({ acl: [rule] })
      await expect
        .poll(() => log.read({ topic: revoked, partition: 0, offset: 0 }, 1, 0).catch(({ code }) => code), {
          timeout: 40_000,
        })
        .toBeOneOf(['forbidden', 'not_found'])
      if (right === 'to read') await until('the topic is reported', () => codes.get(revoked) === 'forbidden', 40_000)
      await send(kept, 'while one is revoked')
      await until('the other topic is read', () => both.seen.length >= 3 && other.seen.length === 2)
      expect(await log.bounds(kept)).toEqual([{ partition: 0, first: 0, end: 2 }])

      await admin.deleteAcls({ filters: [rule] })
      await until(
        'the right is granted again',
        () =>
          send(revoked, 'again').then(
            () => true,
            () => false,
          ),
        40_000,
      )
      await until('the topic is read again', () => both.values().includes('again'))
      expect(crashes).toEqual([])
    },
    120_000,
  )

  test('a right to read that is revoked before the commit of a message is reported, and may be granted again', async () => {
    const log = openLog([])
    const [topic, group] = [unique('revoked'), unique('committing')]
    await log.createTopics([{ topic, partitions: 1 }])
    const rule = ruleOf(topic, AclOperationTypes.DESCRIBE, AclPermissionTypes.ALLOW)
    const codes: (string | undefined)[] = []
    const revoked = Promise.withResolvers<void>()
    const reader = await startReader(
      log,
      { group, topics: [topic], unreadable: (_, error) => void codes.push(error?.code) },
      async (batch, lease) => {
        await revoked.promise
        await commitAll(batch, lease)
      },
    )
    await log.send([{ topic, value: 'a' }])
    await until('the message is delivered', () => reader.seen.length === 1)
    await admin.createAcls({ acl: [rule] })
    revoked.resolve()
    await until('the topic is reported', () => codes.length > 0)
    await admin.deleteAcls({ filters: [rule] })
    await until('the message is committed', async () => (await log.committed(group, topic))[0] === 1)
    await until('the topic is read again', () => codes.length > 1)
    expect(codes).toEqual(['forbidden', undefined])
  })
})
