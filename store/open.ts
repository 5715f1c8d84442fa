/** The environment of a process chooses its store: MongoDB if it names a URI, otherwise the embedded store in a folder. */
import { join } from 'node:path'
import { z } from 'zod'
import { textFile } from '#platform/node/text-file.ts'
import type { Environment } from '#platform/settings.ts'
import { openEmbeddedStore } from './embedded/embedded-store.ts'
import { migrate, type Schema, VERSIONS } from './schema.ts'
import { type Store, StoreError } from './store.ts'

const URI =
  'must have the form mongodb://name:password@host:27017/database or mongodb+srv://… (in a password, write @ as %40)'

/** Also checks the host: most mistakes are the colon of the port or an unencoded character in the password. */
const Uri = z.string().regex(/^mongodb(\+srv)?:\/\/(?:[^\s@/?]+@)?[^\s@/?]+(?:\/[^\s/?]*)?(?:\?\S*)?$/, URI)

/** For the schema of a process's environment. `MONGODB_URI_FILE` is the path of a mounted secret. */
export const STORE_ENVIRONMENT = {
  MONGODB_URI: Uri.optional(),
  MONGODB_URI_FILE: textFile.pipe(Uri).optional(),
  DATA_DIR: z.string().default('.data'),
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

/**
 * Opens the store and migrates documents of an older version. Rejects with a sentence that says what is wrong with the setting or
 * the data. `report` gets a sentence for each index that differs.
 */
export async function openStore(
  environment: StoreEnvironment,
  schema: Schema,
  report?: (difference: string) => void,
): Promise<Store> {
  const store = await openDriver(environment, schema, report)
  try {
    await migrate(store, schema)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

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
