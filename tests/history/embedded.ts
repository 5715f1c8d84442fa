import { join } from 'node:path'
import { TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { createLogger, printTrouble } from '#platform/log-line.ts'
import { SigningKeysText } from '#platform/signature.ts'
import { startProcessor } from '#processor/processor.ts'
import { createWaiters } from '#processor/api/waiters.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import { lagOf, READABLE, readWorld, sampleCommitted } from './read-world.ts'
import type { Sample, World } from './world.ts'

/** Opens the files of a stopped embedded system for `work`. */
export async function onFiles<T>(folder: string, work: (log: Log, store: Store) => Promise<T>): Promise<T> {
  const log = openEmbeddedLog({ file: join(folder, 'log.db') })
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), collections: READABLE })
  try {
    return await work(log, store)
  } finally {
    await log.close()
    await store.close()
  }
}

const DRAIN_LIMIT_MS = 30_000

/** Runs the processor until no work is left, then reads the log and the store. */
export const drained = (folder: string): Promise<Pick<World, 'topics' | 'documents' | 'committed'>> =>
  onFiles(folder, async (log, store) => {
    const { commandKeys } = await devKeys(folder, {})
    const keys = SigningKeysText.parse(commandKeys)
    const committed: Sample[] = []
    const logger = createLogger('processor', printTrouble)
    const processor = await startProcessor({
      log,
      store,
      topics: TOPICS,
      commandKeys: keys,
      waiters: createWaiters(),
      logger,
    })
    const deadline = performance.now() + DRAIN_LIMIT_MS
    do {
      if (performance.now() > deadline) throw new Error(`the lag is not zero after ${DRAIN_LIMIT_MS} ms`)
      committed.push(...(await sampleCommitted(log)))
      await new Promise((resolve) => setTimeout(resolve, 10))
    } while ((await lagOf(log)) > 0)
    await processor.close()
    committed.push(...(await sampleCommitted(log)))
    return { ...(await readWorld(log, store)), committed }
  })
