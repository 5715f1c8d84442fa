import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { numbered, startReader, until, valuesOf } from '../conformance/scene.ts'
import { openEmbeddedLog, type EmbeddedLogOptions } from './embedded-log.ts'
import { SCHEMA } from './file.ts'
import type { Lease, Log } from '../log.ts'
import { describeLog } from '../conformance/conformance.ts'

describeLog('the embedded log', async (options) => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'))
  const open = () => openEmbeddedLog({ file: join(folder, 'log.db'), ...options })
  let log = open()
  return {
    log,
    reopen: async () => {
      await log.close()
      log = open()
      return log
    },
    dispose: async () => {
      await log.close()
      rmSync(folder, { recursive: true })
    },
  }
})

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'not', 'yet', 'there', 'log.db')
}

describe('the file of the embedded log', () => {
  test('is locked, and the error of a second process says what to do', async () => {
    const file = freshFile()
    const log = openEmbeddedLog({ file })
    const sentence = `${file} is in use by another process: stop it, or set DATA_DIR to another folder`
    expect(() => openEmbeddedLog({ file })).toThrow(
      expect.objectContaining({ name: 'LogError', code: 'unavailable', message: sentence }),
    )
    await log.close()
    await openEmbeddedLog({ file }).close()
  })

  test.each([import.meta.filename, ...(existsSync('/proc/self') ? ['/proc'] : [])])(
    'is rejected if its folder cannot be created in %s',
    (parent) => {
      const folder = join(parent, 'reservoir', 'data')
      expect(() => openEmbeddedLog({ file: join(folder, 'log.db') })).toThrow(
        expect.objectContaining({
          name: 'LogError',
          code: 'unavailable',
          message: expect.stringContaining(`${folder} cannot be created: set DATA_DIR to a writable folder (E`),
        }),
      )
    },
  )

  test('is rejected when a newer version wrote it', async () => {
    const file = freshFile()
    await openEmbeddedLog({ file }).close()
    const db = new DatabaseSync(file)
    db.exec(`PRAGMA user_version = ${SCHEMA + 1}`)
    db.close()
    expect(() => openEmbeddedLog({ file })).toThrow(/written by a newer Reservoir .*update Reservoir/)
  })

  test('is rejected when it is not a database', () => {
    expect(() => openEmbeddedLog({ file: import.meta.filename })).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    )
  })

  test('may be in memory', async () => {
    const log = openEmbeddedLog({ file: ':memory:' })
    await log.createTopics([{ topic: 't', partitions: 1 }])
    await log.send([{ topic: 't', value: 'in memory' }])
    expect(valuesOf(await log.read({ topic: 't', partition: 0, offset: 0 }, 1, 0))).toEqual(['in memory'])
    await log.close()
  })
})

async function openWith(topics: readonly string[]): Promise<Log> {
  const log = openEmbeddedLog({ file: ':memory:' })
  onTestFinished(() => log.close())
  await log.createTopics(topics.map((topic) => ({ topic, partitions: 1 })))
  return log
}

describe('a rebalance of the embedded log', () => {
  test('starts after a commit that was still in progress', async () => {
    const log = await openWith(['t'])
    await log.send(numbered(4).map((value) => ({ topic: 't', value })))
    const leases: Lease[] = []
    const first = await startReader(log, { group: 'g', topics: ['t'] }, async (_, lease) => void leases.push(lease))
    await until('it came', () => first.seen.length === 4)
    const committing = leases[0]!.commit(3)
    const second = await startReader(log, { group: 'g', topics: ['t'] })
    await committing
    await log.send([{ topic: 't', value: 'after' }])
    await until('it came', () => [...first.values(), ...second.values()].includes('after'))
    expect([...first.values(), ...second.values()]).toEqual([...numbered(4), 'after'])
  })

  test('does not call a handler again while its call from the last lease is running', async () => {
    const log = await openWith(['t', 'other'])
    await log.send([{ topic: 't', value: 'a' }])
    const stubborn = Promise.withResolvers<void>()
    let owned = 0
    const options = { group: 'g', topics: ['t'], owned: () => void owned++ }
    const reader = await startReader(log, options, () => stubborn.promise)
    await until('it is at work', () => reader.seen.length === 1)
    await startReader(log, { group: 'g', topics: ['other'] })
    expect(owned).toBe(2)
    await new Promise((resolve) => setImmediate(resolve))
    expect(reader.values()).toEqual(['a'])
    stubborn.resolve()
    await until('it came again', () => reader.seen.length === 2)
  })
})

const TOPICS = [
  { topic: 'kept', partitions: 1 },
  { topic: 'trimmed', partitions: 2, retentionMs: 1000 },
]

/** Ten messages in each topic, sent 100 ms apart from 10 000 on. */
async function openFilled(options: Pick<EmbeddedLogOptions, 'file' | 'trimEveryMs' | 'now'>): Promise<Log> {
  const log = openEmbeddedLog({ now: () => 10_000, ...options })
  await log.createTopics(TOPICS)
  for (const [i, value] of numbered(10).entries()) {
    const timestamp = 10_000 + i * 100
    await log.send(TOPICS.map(({ topic }) => ({ topic, partition: 0, value, timestamp })))
  }
  return log
}

describe('retention of the embedded log', () => {
  test('deletes expired messages when the log is opened', async () => {
    const file = freshFile()
    await (await openFilled({ file })).close()
    const log = openEmbeddedLog({ file, now: () => 11_400 })
    expect((await log.bounds('trimmed'))[0]).toEqual({ partition: 0, first: 4, end: 10 })
    expect((await log.bounds('kept'))[0]).toEqual({ partition: 0, first: 0, end: 10 })
    expect(valuesOf(await log.read({ topic: 'trimmed', partition: 0, offset: 4 }, 1, 0))).toEqual(['value 4'])
    const gone = log.read({ topic: 'trimmed', partition: 0, offset: 3 }, 1, 0)
    await expect(gone).rejects.toMatchObject({ code: 'out_of_range' })
    await log.close()
  })

  test('deletes messages that expire while the log is open', async () => {
    let now = 10_000
    const log = await openFilled({ file: ':memory:', now: () => now, trimEveryMs: 5 })
    expect((await log.bounds('trimmed'))[0]!.first).toBe(0)
    now = 11_600
    await until('it is trimmed', async () => (await log.bounds('trimmed'))[0]!.first === 6)
    await log.close()
  })

  test('never reuses an offset, even if every message was deleted', async () => {
    const file = freshFile()
    await (await openFilled({ file })).close()
    await openEmbeddedLog({ file, now: () => 100_000 }).close()
    const log = openEmbeddedLog({ file, now: () => 100_000 })
    expect((await log.bounds('trimmed'))[0]).toEqual({ partition: 0, first: 10, end: 10 })
    const [position] = await log.send([{ topic: 'trimmed', partition: 0, value: 'new' }])
    expect(position!.offset).toBe(10)
    await log.close()
  })

  test('starts a lagging group at the first kept message', async () => {
    const file = freshFile()
    const before = await openFilled({ file })
    await startReader(before, { group: 'g', topics: ['trimmed'] }, (_, lease) => lease.commit(1))
    await until('it has committed', async () => (await before.committed('g', 'trimmed'))[0] === 2)
    await before.close()
    const log = openEmbeddedLog({ file, now: () => 11_800 })
    const reader = await startReader(log, { group: 'g', topics: ['trimmed'] })
    await until('the rest came', () => reader.seen.length >= 2)
    expect(reader.values()).toEqual(['value 8', 'value 9'])
    await log.close()
  })
})
