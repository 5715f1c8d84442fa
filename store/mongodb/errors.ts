/** What an error of the driver means for the call: what is not known to be undone counts as perhaps done. */
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

/** Refused before anything was done: NotWritablePrimary and its kin, Unauthorized, AuthenticationFailed. */
const NOT_DONE = new Set<unknown>([10107, 13435, 10058, 13, 18])

/**
 * The call cannot be done to this document: wrong type or path, names MongoDB does not take, numbers too large, documents too
 * large.
 */
const INVALID = new Set<unknown>([2, 9, 14, 15, 22, 28, 40, 52, 55, 56, 57, 66, 10334, 17280, 17419, 17420])

/** Of calls that waited for a connection. The driver does not export the classes. */
const BEFORE_SENDING = new Set(['MongoPoolClearedError', 'MongoWaitQueueTimeoutError'])

/** On the way to a connection. */
const CONNECTING = new Set<unknown>(['connect', 'getaddrinfo', 'querySrv'])

export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY && !isForeign(error)

/** Of an index that somebody has added: not the id is taken. */
const isForeign = ({ keyPattern }: MongoServerError & { keyPattern?: object }): boolean =>
  keyPattern !== undefined && !('_id' in keyPattern)

/** As {@link isDuplicate}, of one write of several: there only the message names the index. */
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
  // The driver could not make the command.
  if (BSON.BSONError.isBSONError(error) || error instanceof MongoInvalidArgumentError || error instanceof RangeError) {
    return 'invalid'
  }
  return isUnsent(error) ? 'unavailable' : 'unknown'
}

/** Of several writes: what stopped them tells of them all only if none was done before. */
const bulkCode = (error: MongoBulkWriteError): Exclude<StoreErrorCode, 'closed'> => {
  const { insertedCount, matchedCount, upsertedCount } = error.result
  const cause: unknown = error.errorResponse
  return cause instanceof Error && insertedCount + matchedCount + upsertedCount === 0 ? codeOf(cause) : 'unknown'
}

const serverCode = (error: MongoServerError): Exclude<StoreErrorCode, 'closed'> => {
  // It is done here, and perhaps not by the majority.
  if (error.errorResponse['writeConcernError'] !== undefined) return 'unknown'
  if (INVALID.has(error.code) || error.code === DUPLICATE_KEY) return 'invalid'
  return NOT_DONE.has(error.code) ? 'unavailable' : 'unknown'
}

/** No server, or no connection to it: the command was never written. */
const isUnsent = (error: unknown): boolean => {
  if (error instanceof MongoServerSelectionError) return true
  if (error instanceof MongoError && BEFORE_SENDING.has(error.name)) return true
  return error instanceof MongoNetworkError && (isHandshake(error) || CONNECTING.has(syscallOf(error.cause)))
}

/** The driver says so, and its types do not. */
const isHandshake = (error: MongoNetworkError & { beforeHandshake?: boolean }): boolean =>
  error.beforeHandshake === true || error.hasErrorLabel('HandshakeError')

const syscallOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'syscall' in cause ? cause.syscall : undefined
