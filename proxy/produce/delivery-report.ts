import { LogError, type LogErrorCode } from '#log/log.ts'
import { HttpError, toHttpError } from '../http/errors.ts'
import type { PartitionBatch } from './partition-batches.ts'

/** Position and timestamp of a written message. */
export interface Metadata {
  topic: string
  partition: number
  offset: number
  timestamp: number
}

/** A message that was not written, or whose outcome is unknown. */
interface FailedDelivery {
  topic: string
  partition: number
  error: string
  written: 'no' | 'perhaps'
}

type DeliveryReport = Metadata | FailedDelivery

/** What became of one partition's batch. */
export type BatchResult = PromiseSettledResult<Metadata[]>

/** A batch, or a part of one, after it was sent. */
export interface SentPart {
  part: PartitionBatch
  result: BatchResult
}

/** The metadata of all messages in request order; throws an error with a report per message if any part failed. */
export function metadataOf(sent: readonly SentPart[]): Metadata[] {
  const reports = reportsOf(sent)
  const errors = sent.flatMap(({ result }) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length > 0) throw failureOf(reports, errors)
  return reports as Metadata[]
}

function reportsOf(sent: readonly SentPart[]): DeliveryReport[] {
  const reports: DeliveryReport[] = []
  for (const { part, result } of sent) {
    const { topic, partition, indexes } = part
    const failed = result.status === 'rejected' && failedDelivery(topic, partition, result.reason)
    for (const [i, index] of indexes.entries()) reports[index] = failed || (result as Fulfilled).value[i]!
  }
  return reports
}

type Fulfilled = PromiseFulfilledResult<Metadata[]>

function failedDelivery(topic: string, partition: number, error: unknown): FailedDelivery {
  return { topic, partition, error: toHttpError(error).message, written: mayBeWritten(error) ? 'perhaps' : 'no' }
}

/** The log's own error if no message was written; else a 504, because sending everything again would duplicate some. */
function failureOf(reports: readonly DeliveryReport[], errors: readonly unknown[]): HttpError {
  const failed = reports.filter((report) => 'error' in report)
  const { status, message, headers, details } = toHttpError(errors.find(mayBeWritten) ?? errors[0])
  if (failed.length === reports.length)
    return new HttpError(status, message, headers, { ...details, messages: reports })
  const error = `${failed.length} of ${reports.length} messages failed or have an unknown outcome: ${message}`
  return new HttpError(504, error, headers, { messages: reports })
}

const NOT_WRITTEN = new Set<LogErrorCode>([
  'overloaded',
  'invalid',
  'too_large',
  'not_found',
  'forbidden',
  'unavailable',
  'closed',
])

const mayBeWritten = (error: unknown): boolean => !(error instanceof LogError && NOT_WRITTEN.has(error.code))
