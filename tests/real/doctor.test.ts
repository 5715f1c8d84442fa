/** The findings of `npm run doctor` about a real Kafka and MongoDB. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plannedTopics } from '#domain/topics.ts'
import { ownTopics } from '#processor/testing/own-topics.ts'
import type { Finding } from '../../scripts/doctor/report.mjs'
import { checkServers } from '../../scripts/doctor/servers.ts'
import { setTrap, unique } from './kafkajs-traps/trap.ts'
import { describeReal } from './describe-real.ts'

describeReal('the doctor', ({ brokers, mongodbUri }) => {
  const servers = (topics = ownTopics(unique('doctor'))) => {
    return { topics, isDev: true, KAFKA_BROKERS: [brokers], MONGODB_URI: mongodbUri, DATA_DIR: '.data' }
  }
  const linesOf = (findings: Finding[]) => findings.map(({ what, state, message }) => `${what} ${state}: ${message}`)
  const kafka = expect.stringMatching(/^kafka ok: responds at \S+ \(1 broker, version 3\.9\)$/) as string
  const mongodb = expect.stringMatching(/^mongodb ok: responds \(version [7-9]\S*, /) as string

  test('reports the versions of the servers and the missing topics', async () => {
    const found = await checkServers(servers())
    const missing = expect.stringMatching(
      /^topics ok: doctor-\S+, doctor-.* will be created when the processor/,
    ) as string
    expect(linesOf(found)).toEqual([kafka, missing, mongodb])
  })

  test('checks the partitions and copies of existing topics', async () => {
    const { truth, topic } = await setTrap(brokers)
    const made = servers()
    const planned = plannedTopics(made.topics)
    await truth.createTopics(planned)
    expect(linesOf(await checkServers(made))).toEqual([kafka, 'topics ok: all exist', mongodb])

    const uneven = linesOf(await checkServers(servers({ ...made.topics, bookings: topic })))
    expect(uneven[1]).toMatch(/^topics wrong: trap-\S+ has 1 partitions, but another of .* has 3$/)

    const [few, ...copies] = linesOf(await checkServers({ ...made, isDev: false }))
    expect(few).toMatch(/^kafka wrong: responds at .*, too few for 3 copies of a message$/)
    expect(copies.slice(0, planned.length)).toEqual(
      planned.map(() => expect.stringMatching(/^topics warning: \S+ has 1 of 3 copies$/)),
    )
  })

  test('reports that Kafka does not use TLS', async () => {
    const [found] = linesOf(await checkServers({ ...servers(), KAFKA_SSL: true }))
    expect(found).toBe(`kafka wrong: ${brokers} does not use TLS`)
  })

  test('reports the same as a command', async () => {
    const root = join(import.meta.dirname, '../..')
    const env = { ...process.env, KAFKA_BROKERS: brokers, MONGODB_URI: mongodbUri, KAFKA_REQUEST_TOPIC: unique('none') }
    const output = await new Promise<string>((resolve) => {
      // Its exit code also depends on the rest of this computer, so it is ignored.
      execFile(process.execPath, [join(root, 'scripts/doctor.mjs')], { env }, (_, stdout) => resolve(stdout))
    })
    const findings = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding)
    expect(linesOf(findings)).toEqual(expect.arrayContaining([kafka, mongodb]))
  })
})
