/** The environment of a process chooses its store: MongoDB if it names a URI, otherwise the embedded store in a folder. */
import { join } from 'node:path'
import { z } from 'zod'
import { DEFAULTS } from '#platform/defaults.mjs'
import { type Logger, SILENT } from '#platform/log-line.ts'
import { Outage, reportingOutages } from '#platform/node/outage.ts'
import { textFile } from '#platform/node/text-file.ts'
import type { Environment } from '#platform/settings.ts'
import { openEmbeddedStore } from './embedded/embedded-store.ts'
import { migrate, type Schema, VERSIONS } from './schema.ts'
import { type Store, StoreError, type StoreErrorCode } from './store.ts'

const URI =
  'must have the form mongodb://name:password@host:27017/database or mongodb+srv://… (in a password, write @ as %40)'

/** Also checks the host: most mistakes are the colon of the port or an unencoded character in the password. */
const Uri = z.string().regex(/^mongodb(\+srv)?:\/\/(?:[^\s@/?]+@)?[^\s@/?]+(?:\/[^\s/?]*)?(?:\?\S*)?$/, URI)

/** For the schema of a process's environment. `MONGODB_URI_FILE` is the path of a mounted secret. */
export const STORE_ENVIRONMENT = {
  MONGODB_URI: Uri.optional(),
  MONGODB_URI_FILE: textFile.pipe(Uri).optional(),
  DATA_DIR: z.string().default(DEFAULTS.DATA_DIR),
}

export type StoreEnvironment = z.infer<z.ZodObject<typeof STORE_ENVIRONMENT>>

/** The problems between several settings, each as `NAME sentence`. The schema finds the problems of a single setting. */
export const storeProblems = ({ MONGODB_URI, MONGODB_URI_FILE }: Environment): string[] =>
  MONGODB_URI && MONGODB_URI_FILE ? ['MONGODB_URI and MONGODB_URI_FILE are both set: set only one'] : []

export const uriIn = ({ MONGODB_URI, MONGODB_URI_FILE }: StoreEnvironment): string | undefined =>
  MONGODB_URI ?? MONGODB_URI_FILE

/** A sentence that names the store, without credentials. */
export function describeStore(environment: StoreEnvironment): string {
  const uri = uriIn(environment)
  return uri
    ? `the store is MongoDB at ${placeOf(uri)}`
    : `the store is embedded, under ${environment.DATA_DIR}, for one process (MONGODB_URI is not set)`
}

/** Hosts and database: neither credentials nor options. */
const placeOf = (uri: string): string => uri.replace(/^[^/]*\/\/(?:[^@]*@)?/, '').replace(/\?.*$/, '')

export interface StoreOptions {
  /** Receives a line for each index that differs, and for the beginning and the end of an outage of MongoDB. */
  logger?: Logger
  /** Shared by several attempts to open the store, so that together they are one outage. */
  outage?: Outage
}

/**
 * Opens the store and migrates documents of an older version. Rejects with a sentence that says what is wrong with the setting or
 * the data.
 */
export async function openStore(
  environment: StoreEnvironment,
  schema: Schema,
  { logger = SILENT, outage = new Outage('MongoDB', logger) }: StoreOptions = {},
): Promise<Store> {
  try {
    const store = await openDriver(environment, schema, (difference) => logger.warn(difference))
    await migrate(store, schema).catch(async (error: unknown) => {
      await store.close()
      throw error
    })
    outage.answered()
    return uriIn(environment) ? reportingOutages(store, outage, isOutage, ['close']) : store
  } catch (error) {
    if (mayPass(error, environment)) outage.failed(error)
    throw error
  }
}

const isOutage = (error: unknown): boolean => error instanceof StoreError && OUTAGES.has(error.code)

const OUTAGES = new Set<StoreErrorCode>(['unavailable', 'unknown'])

async function openDriver(
  environment: StoreEnvironment,
  { version, collections: own }: Schema,
  report?: (difference: string) => void,
): Promise<Store> {
  const collections = { ...own, [VERSIONS]: {} }
  const uri = uriIn(environment)
  if (!uri) return openEmbeddedStore({ file: join(environment.DATA_DIR, 'store.db'), collections, version })
  // A process that does not use it does not load it.
  const { openMongodbStore } = await import('./mongodb/mongodb-store.ts')
  return openMongodbStore({ uri, collections, version, report })
}

/** Whether MongoDB does not answer, which may end by itself. A wrong URI or a locked file does not. */
export const mayPass = (error: unknown, environment: StoreEnvironment): boolean =>
  uriIn(environment) !== undefined &&
  error instanceof StoreError &&
  error.code === 'unavailable' &&
  /nothing answers|cannot be reached/.test(error.message)
