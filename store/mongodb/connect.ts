/** The client, and what a start that fails says. No sentence and no cause holds a password. */
import { MongoClient, MongoServerError, MongoServerSelectionError, ReadConcern } from 'mongodb'
import type { Collection as Documents, Db } from 'mongodb'
import { type OnCommand, tellCommands } from './commands.ts'
import { StoreError, type Doc } from '../store.ts'

/** Without a name in the URI. The driver's own default, `test`, would be nobody's wish. */
const DATABASE = 'reservoir'

const SOON_MS = 3_000

/** @param timeoutMs within which an answer comes */
export const createClient = (uri: string, timeoutMs: number, onCommand?: OnCommand): MongoClient => {
  const client = clientOf(uri, timeoutMs, onCommand !== undefined)
  if (onCommand) tellCommands(client, onCommand)
  return client
}

const clientOf = (uri: string, timeoutMs: number, monitorCommands: boolean): MongoClient => {
  const half = Math.ceil(timeoutMs / 2)
  const soon = Math.min(SOON_MS, half)
  try {
    return new MongoClient(uri, {
      appName: 'reservoir',
      monitorCommands,
      // Before the answer is late: whoever finds no server or no connection says that nothing was done.
      serverSelectionTimeoutMS: soon,
      connectTimeoutMS: soon,
      waitQueueTimeoutMS: half,
      socketTimeoutMS: timeoutMs,
      // What is repeated is repeated above: an answer that was lost is told, and the document says what became of it.
      retryWrites: false,
    })
  } catch (error) {
    // Not as a cause: it may quote the URI.
    throw new StoreError('invalid', `MONGODB_URI cannot be used: ${withoutSecrets(error, uri)}`)
  }
}

/** Whatever the URI says of concerns, these are the port's promises. */
export const databaseOf = (client: MongoClient, uri: string, database: string | undefined): Db =>
  client.db(database ?? nameIn(uri) ?? DATABASE, {
    writeConcern: { w: 'majority', journal: true },
    readConcern: new ReadConcern('majority'),
    readPreference: 'primary',
  })

/** The driver looks keys up in `fieldsAsRaw`: with an ordinary object an array called `toString` comes back as bytes. */
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

/** Greedy: an unencoded @ in the password must not end it. */
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
