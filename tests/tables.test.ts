import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BLOCKS, withBlocks } from '../scripts/architecture/blocks.ts'
import { creations, topicFaults } from '../scripts/architecture/topic-mentions.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

describe.each(Object.keys(BLOCKS))('the tables in %s', (path) => {
  test('equal those of the code; npm run format prints them', () => {
    expect(withBlocks(path, read(path))).toBe(read(path))
  })

  test.each(Object.keys(BLOCKS[path]!))('differ when a cell of the block %s is changed', (name) => {
    const block = new RegExp(`(<!-- ${name}:[\\s\\S]*?\\| \`)(\\w)([\\s\\S]*?<!-- end of ${name} -->)`)
    const changed = read(path).replace(block, '$1X$3')
    expect(changed).not.toBe(read(path))
    expect(withBlocks(path, changed)).toBe(read(path))
  })

  test('must have a place', () => {
    const [name] = Object.keys(BLOCKS[path]!)
    expect(() => withBlocks(path, '')).toThrow(`${path} has no place for the block ${name}`)
  })
})

/** Every file outside the code that names topics. */
const NAMING = [
  'README.md',
  'ARCHITECTURE.md',
  'docs/deploy.md',
  'docs/operate.md',
  'docs/runbook.md',
  '.env.example',
  'docker-compose.yml',
  'k8s/kafka/configmap.yaml',
  'k8s/topics/topics.sh',
  'k8s/overlays/production/access.sh',
  'k8s/overlays/production/secrets.sh',
]

describe('topics outside the code', () => {
  test.each(NAMING)('match the table in %s', (path) => {
    expect(topicFaults({ path, text: read(path) })).toEqual([])
  })

  test.each(NAMING)('are compared with the table in %s', (path) => {
    const planted = path.endsWith('.md') ? 'Messages lie on `booking-wishes.dlq`.' : 'topic: booking-wishes.dlq'
    const faults = topicFaults({ path, text: `${read(path)}\n${planted}\nKAFKA_REQUEST_TOPIC=bookings-requested\n` })
    expect(faults).toEqual([
      `${path}: no topic or group has the name booking-wishes.dlq`,
      `${path}: KAFKA_REQUEST_TOPIC is bookings-requested, but booking-requests in the table of topics`,
    ])
  })
})

describe('the topics that the cluster creates', () => {
  const created = (script: string): string[] => {
    const folder = mkdtempSync(join(tmpdir(), 'reservoir-topics-'))
    const log = join(folder, 'log')
    writeFileSync(join(folder, 'kafka-topics'), `#!/bin/sh\necho "$@" >> ${log}\n`)
    chmodSync(join(folder, 'kafka-topics'), 0o755)
    const env = { PATH: `${folder}:${process.env['PATH']}`, KAFKA_BROKERS: 'kafka:29092', KAFKA_REPLICATION: '3' }
    execFileSync('bash', ['-c', script], { env })
    const lines = readFileSync(log, 'utf8').trim().split('\n').slice(1)
    rmSync(folder, { recursive: true })
    return lines
  }

  test('match the table', () => {
    expect(created(read('k8s/topics/topics.sh'))).toEqual(creations('kafka:29092', 3))
  })

  test.each([
    ['partitions=3', 'partitions=4'],
    ['topic bookings -1', 'topic bookings $((7 * day))'],
    ['topic bookings.dlq', 'topic booking.dlq'],
  ])('differ when %s becomes %s', (from, to) => {
    const script = read('k8s/topics/topics.sh')
    expect(script).toContain(from)
    expect(created(script.replace(from, to))).not.toEqual(creations('kafka:29092', 3))
  })
})
