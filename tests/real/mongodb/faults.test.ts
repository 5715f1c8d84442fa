/** A store whose MongoDB is stopped, frozen or loses answers, on its own server. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import type { Store } from '#store/store.ts'
import { type Stack, startStack } from '../../../scripts/stack/stack.ts'
import { describeReal } from '../describe-real.ts'

const collections = { things: { indexes: [['rank']] } }

const TIMEOUT_MS = 3_000

/** Extra time on a busy machine. */
const SLACK_MS = 5_000

describeReal('A store whose MongoDB fails', () => {
  let dataDir: string
  let stack: Stack
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'reservoir-mongodb-'))
    stack = await startStack({ dataDir, servers: ['mongodb'] })
  })
  afterAll(async () => {
    await stack?.close('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  })

  let databases = 0
  const open = (uri = stack.mongodbUri): Promise<Store> =>
    openMongodbStore({ uri, collections, database: `d${databases++}`, timeoutMs: TIMEOUT_MS })

  const soon = async (call: Promise<unknown>): Promise<unknown> => {
    const began = performance.now()
    const outcome = await call.then(
      () => 'done',
      (error: { code: unknown }) => error.code,
    )
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + SLACK_MS)
    return outcome
  }

  const reads = (store: Store): Promise<unknown>[] => [
    store.get('things', 'a'),
    store.getMany('things', ['a']),
    store.scan('things', { where: {}, order: { by: 'rank' }, limit: 1 }),
  ]
  const writes = (store: Store): Promise<unknown>[] => [
    store.insert('things', { _id: 'new' }),
    store.patch('things', 'a', { set: [[['n'], 2]] }),
    store.remove('things', 'a'),
  ]
  const outcomes = (calls: Promise<unknown>[]): Promise<unknown[]> => Promise.all(calls.map(soon))

  describe('by dying', () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
      await Promise.all(Array.from({ length: 20 }, (_, i) => store.insert('things', { _id: `d${i}`, rank: i })))
      await stack.mongodb.stop('SIGKILL')
    })
    afterEach(async () => {
      await store.close()
      await stack.mongodb.start()
    })

    test('is unavailable and writes nothing; it is ready with its data when the server returns', async () => {
      // The first calls may use connections that look alive; a write then has an unknown outcome.
      await vi.waitFor(async () => expect(await soon(store.remove('things', 'd0'))).toBe('unavailable'), 20_000)
      expect(await outcomes([...reads(store), ...writes(store)])).toEqual(Array(6).fill('unavailable'))
      const together = Array.from({ length: 10 }, (_, i) => store.insert('things', { _id: `together ${i}` }))
      expect(await outcomes(together)).toEqual(Array(10).fill('unavailable'))
      await stack.mongodb.start()
      const count = async (): Promise<number> =>
        (await store.scan('things', { where: {}, order: { by: 'rank' }, limit: 100 })).docs.length
      await vi.waitFor(async () => expect(await count()).toBeGreaterThan(18), 20_000)
      expect(await store.insert('things', { _id: 'after' })).toBe(true)
      expect(await store.get('things', 'after')).toEqual({ _id: 'after' })
    })

    test('closes nevertheless, and pending calls settle', async () => {
      const calls = [...reads(store), ...writes(store)].map(soon)
      await store.close()
      for (const outcome of await Promise.all(calls)) expect(outcome).toMatch(/^un(available|known)$/)
      await expect(store.get('things', 'a')).rejects.toMatchObject({ code: 'closed' })
    })
  })

  test('by freezing: a write has an unknown outcome and a read is unavailable, in time; it continues after resuming', async () => {
    const store = await open()
    await store.insert('things', { _id: 'a' })
    stack.mongodb.pause()
    try {
      // On the only connection; new ones cannot be opened, so nothing more is sent.
      expect(await soon(store.patch('things', 'a', { set: [[['late'], true]] }))).toBe('unknown')
      expect(await outcomes(reads(store))).toEqual(Array(3).fill('unavailable'))
    } finally {
      stack.mongodb.resume()
    }
    await vi.waitFor(() => store.patch('things', 'a', { set: [[['awake'], true]] }), 30_000)
    expect(await store.get('things', 'a')).toMatchObject({ awake: true })
    await store.close()
  })

  test('by freezing closes within seconds', async () => {
    const store = await open()
    stack.mongodb.pause()
    try {
      const write = soon(store.insert('things', { _id: 'a' }))
      expect(await soon(store.close())).toBe('done')
      expect(await write).toMatch(/^un(available|known)$/)
    } finally {
      stack.mongodb.resume()
    }
  })

  describe('by a lost answer', () => {
    let relay: Relay
    let store: Store
    beforeEach(async () => {
      relay = await startRelay(Number(new URL(stack.mongodbUri).port))
      store = await open(`mongodb://127.0.0.1:${relay.port}/?directConnection=true`)
      await store.insert('things', { _id: 'a', n: 1 })
    })
    afterEach(async () => {
      relay.lose = undefined
      await store.close()
      relay.close()
    })

    const inc = { inc: [[['n'], 1]] as const }

    test.each(['swallowed', 'cut'] as const)(
      'that is %s: the write has an unknown outcome and is applied once',
      async (how) => {
        relay.lose = how
        expect(await soon(store.patch('things', 'a', inc))).toBe('unknown')
        expect(await soon(store.insert('things', { _id: `b ${how}` }))).toMatch(/^un(available|known)$/)
        relay.lose = undefined
        const found = () => store.get('things', 'a')
        await vi.waitFor(async () => expect(await found()).toEqual({ _id: 'a', n: 2 }), 30_000)
        expect(await store.patch('things', 'a', inc)).toBe(true)
        expect(await found()).toEqual({ _id: 'a', n: 3 })
      },
    )

    test('to a bulk of writes gives each of them an unknown outcome', async () => {
      relay.lose = 'swallowed'
      const together = Array.from({ length: 10 }, (_, i) => store.insert('things', { _id: `d${i}` }))
      expect(await outcomes(together)).toEqual(Array(10).fill('unknown'))
    })

    test('to a read is reported as unavailable, never as unknown', async () => {
      relay.lose = 'swallowed'
      expect(await outcomes(reads(store))).toEqual(Array(3).fill('unavailable'))
    })
  })
})

interface Relay {
  port: number
  /** The treatment of later answers: delivered, dropped, or replaced by a closed connection. */
  lose: 'swallowed' | 'cut' | undefined
  close: () => void
}

const startRelay = async (target: number): Promise<Relay> => {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (answer) => {
      if (relay.lose === 'cut') client.destroy()
      else if (relay.lose === undefined) client.write(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay: Relay = {
    port: (server.address() as AddressInfo).port,
    lose: undefined,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return relay
}
