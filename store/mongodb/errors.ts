/** What an error of the driver means for the call. An outcome that is not known to be undone is `unknown`. */
import {
  BSON,
  MongoBulkWriteError,
  MongoError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  type WriteError,
} from 'mongodb'
import { StoreError, type StoreErrorCode } from '../store.ts'

const DUPLICATE_KEY = 11000

export const NAMESPACE_NOT_FOUND = 26
export const NAMESPACE_EXISTS = 48

/** Rejected before anything was done: NotWritablePrimary and similar, Unauthorized, AuthenticationFailed. */
const NOT_DONE = new Set<unknown>([10107, 13435, 10058, 13, 18])

/**
 * The call does not fit this document: a wrong type or path, a name that MongoDB rejects, a number or a document that is too large.
 */
const INVALID = new Set<unknown>([2, 9, 14, 15, 22, 28, 40, 52, 55, 56, 57, 66, 10334, 17280, 17419, 17420])

/** Errors of calls that waited for a connection. The driver does not export the classes. */
const BEFORE_SENDING = new Set(['MongoPoolClearedError', 'MongoWaitQueueTimeoutError'])

/** System calls that open a connection. */
const CONNECTING = new Set<unknown>(['connect', 'getaddrinfo', 'querySrv'])

export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY && !isForeign(error)

/** From an index that another program added: the id is not taken. */
const isForeign = ({ keyPattern }: MongoServerError & { keyPattern?: object }): boolean =>
  keyPattern !== undefined && !('_id' in keyPattern)

/** As {@link isDuplicate}, for one write of several: only the message names the index. */
export const isTakenId = ({ code, errmsg }: WriteError): boolean =>
  code === DUPLICATE_KEY && errmsg !== undefined && / index: _id_ /.test(errmsg)

export const asStoreError = (error: unknown, kind: 'read' | 'write'): StoreError => {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  return new StoreError(code === 'unknown' && kind === 'read' ? 'unavailable' : code, message, { cause: error })
}

const codeOf = (error: unknown): Exclude<StoreErrorCode, 'closed'> => {
  if (error instanceof MongoBulkWriteError) return bulkCode(error)
  if (error instanceof MongoServerError) return serverCode(error)
  // The driver could not build the command.
  if (BSON.BSONError.isBSONError(error) || error instanceof MongoInvalidArgumentError || error instanceof RangeError) {
    return 'invalid'
  }
  return isUnsent(error) ? 'unavailable' : 'unknown'
}

/** For several writes: the cause applies to all of them only if none was done. */
const bulkCode = (error: MongoBulkWriteError): Exclude<StoreErrorCode, 'closed'> => {
  const { insertedCount, matchedCount, upsertedCount } = error.result
  const cause: unknown = error.errorResponse
  return cause instanceof Error && insertedCount + matchedCount + upsertedCount === 0 ? codeOf(cause) : 'unknown'
}

const serverCode = (error: MongoServerError): Exclude<StoreErrorCode, 'closed'> => {
  // The write is done here, but perhaps not by the majority.
  if (error.errorResponse['writeConcernError'] !== undefined) return 'unknown'
  if (INVALID.has(error.code) || error.code === DUPLICATE_KEY) return 'invalid'
  return NOT_DONE.has(error.code) ? 'unavailable' : 'unknown'
}

/** No server or no connection: the command was never sent. */
const isUnsent = (error: unknown): boolean => {
  if (error instanceof MongoServerSelectionError) return true
  if (error instanceof MongoError && BEFORE_SENDING.has(error.name)) return true
  return error instanceof MongoNetworkError && (isHandshake(error) || CONNECTING.has(syscallOf(error.cause)))
}

/** The driver sets this property; its types leave it out. */
const isHandshake = (error: MongoNetworkError & { beforeHandshake?: boolean }): boolean =>
  error.beforeHandshake === true || error.hasErrorLabel('HandshakeError')

const syscallOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'syscall' in cause ? cause.syscall : undefined
