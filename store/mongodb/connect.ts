/** The client, and the sentences of a failed start. No message and no cause contains a password. */
import { MongoClient, MongoServerError, MongoServerSelectionError, ReadConcern } from 'mongodb'
import type { Collection as Documents, Db } from 'mongodb'
import { type OnCommand, watchCommands } from './commands.ts'
import { StoreError, type Doc } from '../store.ts'

/** The database if the URI names none, instead of the driver's default `test`. */
const DATABASE = 'reservoir'

const SOON_MS = 3_000

/** @param timeoutMs deadline of an answer */
export const createClient = (uri: string, timeoutMs: number, onCommand?: OnCommand): MongoClient => {
  const client = clientOf(uri, timeoutMs, onCommand !== undefined)
  if (onCommand) watchCommands(client, onCommand)
  return client
}

const clientOf = (uri: string, timeoutMs: number, monitorCommands: boolean): MongoClient => {
  const half = Math.ceil(timeoutMs / 2)
  const soon = Math.min(SOON_MS, half)
  try {
    return new MongoClient(uri, {
      appName: 'reservoir',
      monitorCommands,
      // Shorter than the call's deadline, so that a missing server or connection is reported as `unavailable`.
      serverSelectionTimeoutMS: soon,
      connectTimeoutMS: soon,
      waitQueueTimeoutMS: half,
      socketTimeoutMS: timeoutMs,
      // Callers retry: after a lost answer they read the document to learn the outcome.
      retryWrites: false,
    })
  } catch (error) {
    // Without a cause, which may quote the URI.
    throw new StoreError('invalid', `MONGODB_URI cannot be used: ${withoutSecrets(error, uri)}`)
  }
}

/** The concerns that the port's promises need, instead of those in the URI. */
export const databaseOf = (client: MongoClient, uri: string, database: string | undefined): Db =>
  client.db(database ?? nameIn(uri) ?? DATABASE, {
    writeConcern: { w: 'majority', journal: true },
    readConcern: new ReadConcern('majority'),
    readPreference: 'primary',
  })

/** The driver looks keys up in `fieldsAsRaw`; with an ordinary object it would return an array named `toString` as bytes. */
const NOTHING_RAW = { fieldsAsRaw: Object.create(null) as Record<string, boolean> }

export const documentsOf = (db: Db, collection: string): Documents<Doc> => db.collection<Doc>(collection, NOTHING_RAW)

const nameIn = (uri: string): string | undefined => {
  const name = /^[^/]*\/\/[^/?]+\/([^?]+)/.exec(uri)?.[1]
  return name === undefined ? undefined : decodeURIComponent(name)
}

const AUTHENTICATION_FAILED = 18
const UNAUTHORIZED = 13
const ATLAS_ERROR = 8000

export const whyNotOpened = (error: unknown, uri: string): StoreError => {
  if (error instanceof StoreError) return error
  return new StoreError('unavailable', `MONGODB_URI: ${reason(error, uri)}`)
}

const reason = (error: unknown, uri: string): string => {
  const where = hostsIn(uri)
  const code = error instanceof MongoServerError ? error.code : undefined
  if (code === AUTHENTICATION_FAILED || code === ATLAS_ERROR) {
    return `${where} rejects the username or the password (authSource names their database if it is not admin)`
  }
  const text = withoutSecrets(error, uri)
  if (code === UNAUTHORIZED) return `the user may not create indexes at ${where}: grant readWrite (${text})`
  if (/ENOTFOUND|EAI_AGAIN|ENODATA/.test(text)) return `the host cannot be resolved (${text})`
  if (/ECONNREFUSED/.test(text)) return `nothing answers at ${where} (${text})`
  if (!(error instanceof MongoServerSelectionError)) return `${where} cannot be used (${text})`
  const [, set] = /[?&]replicaSet=([^&]*)/i.exec(uri) ?? []
  return `${where} cannot be reached${set ? `, or the replica set ${set} has no primary` : ''} (${text})`
}

const hostsIn = (uri: string): string => uri.replace(/^[^/]*\/\/(?:.*@)?/, '').replace(/[/?].*$/, '')

/** Greedy, because the password may contain an unencoded @. */
const withoutSecrets = (error: unknown, uri: string): string => {
  const text = error instanceof Error ? error.message : String(error)
  const secrets = /\/\/(?<name>[^:@]*):(?<password>.*)@/.exec(uri)?.groups
  const hidden = (uri ? text.replaceAll(uri, '…') : text).replaceAll(/\/\/\S*@/g, '//…@')
  const password = secrets?.['password']
  return password ? hidden.replaceAll(password, '…').replaceAll(decoded(password), '…') : hidden
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
