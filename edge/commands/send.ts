import { publicBooking } from '#domain/booking.ts'
import type { Command } from '#domain/command.ts'
import { encodeCommand } from '#domain/dialects/registry.ts'
import type { Hint } from '#domain/dialects/dialect.ts'
import type { FailureReason, Refusal } from '#domain/event.ts'
import { outcomeOf } from '#domain/outcome.ts'
import { BOOKING_PROBLEMS, problemOf } from '#domain/problems.ts'
import { assertPresent } from '#platform/client-gone.ts'
import { faultAt } from '#platform/faults.ts'
import { ProblemError, type ProblemExtras, PROBLEMS } from '#platform/problems.ts'
import { isGranted, type Receipt } from '#domain/projections/receipt.ts'
import type { EdgeDeps } from '../deps.ts'
import { AppendError } from './command-log.ts'
import type { Intent } from './intent.ts'
import { reportSent, reportUnsent, reportUpdated } from './log-line.ts'

const OUTCOME_WAIT_MS = 5_000

/**
 * Resolves when the log has the command.
 * @param client the signal of the request
 * @throws ProblemError with these members, if the log did not acknowledge the command
 */
export async function append(
  deps: EdgeDeps,
  { command, hint }: Prepared,
  client: AbortSignal,
  extras: ProblemExtras,
): Promise<void> {
  assertPresent(client)
  try {
    await deps.commands.append(encodeCommand(command, hint), client)
  } catch (error) {
    if (!(error instanceof AppendError)) throw error
    reportUnsent(deps, command, error)
    throw new ProblemError(error.mayBeWritten ? PROBLEMS.outcome_unknown : PROBLEMS.log_unavailable, extras)
  }
  reportSent(deps, command)
}

/** Sets the `Consistency-Token`, with which a read sees the outcome. A problem has the key to repeat the request with. */
async function send(deps: EdgeDeps, intent: Intent, prepared: Prepared): Promise<void> {
  const detail = `Repeat the request with "Idempotency-Key: ${intent.key}".`
  await append(deps, prepared, intent.caller.signal, { detail, idempotencyKey: intent.key })
  intent.setHeader('Consistency-Token', prepared.command.id)
}

/** The receipt of the first request with this key; a problem if that request had another body. */
async function originalReceipt(deps: EdgeDeps, intent: Intent): Promise<Receipt | undefined> {
  if (!intent.isKeyed) return undefined
  const receipt = await receiptOf(deps, intent, 0)
  if (!receipt) return undefined
  intent.setHeader('Idempotency-Replayed', 'true')
  intent.setHeader('Consistency-Token', receipt.commandId)
  return receipt
}

/** The receipt of the command; undefined if it does not come in time. */
async function receiptOf({ query }: EdgeDeps, intent: Intent, waitMs: number): Promise<Receipt | undefined> {
  const { id, bodyHash } = intent.command
  const receipt = await query.receipt(id, waitMs, intent.caller)
  // Of two concurrent requests with one key, only one was decided.
  if (receipt && intent.isKeyed && receipt.bodyHash !== bodyHash)
    throw new ProblemError(PROBLEMS.idempotency_key_reused)
  return receipt
}

/** A command that is ready to be sent. */
export interface Prepared {
  command: Command
  hint?: Hint
}

/** `prepared` is absent if the command was sent before; `receipt` is absent if it did not come in time. */
export interface SendResult<P extends Prepared> {
  prepared?: P
  receipt?: Receipt
}

/** Prepares and sends the command and waits for its receipt, unless the receipt of an earlier send exists. */
export async function sendOnce<P extends Prepared>(
  deps: EdgeDeps,
  intent: Intent,
  prepare: () => Promise<P>,
  waitMs: number,
): Promise<SendResult<P>> {
  const before = await originalReceipt(deps, intent)
  if (before) return { receipt: before }
  const prepared = await prepare()
  await send(deps, intent, prepared)
  const receipt = waitMs > 0 ? await waitForReceipt(deps, intent, waitMs) : undefined
  if (receipt && isGranted(receipt)) reportUpdated(deps, prepared.command, receipt)
  return { prepared, receipt }
}

/** Returns the receipt of a granted command, or undefined if none comes in time. @throws ProblemError if the command was refused */
export async function sendAndWait(deps: EdgeDeps, intent: Intent, command: Command): Promise<Receipt | undefined> {
  const waitMs = intent.waitMs ?? deps.outcomeWaitMs ?? OUTCOME_WAIT_MS
  return rejectRefused((await sendOnce(deps, intent, async () => ({ command }), waitMs)).receipt)
}

/** Like {@link receiptOf}; confirms the client's preference in a header. */
function waitForReceipt(deps: EdgeDeps, intent: Intent, waitMs: number): Promise<Receipt | undefined> {
  if (intent.waitMs !== undefined) intent.setHeader('Preference-Applied', `wait=${intent.waitMs / 1_000}`)
  return receiptOf(deps, intent, waitMs)
}

/** What only the decider can see in the fields of a body. */
const FAULTS: ReadonlyMap<object, ProblemExtras> = new Map([
  [BOOKING_PROBLEMS.invalid_listing, { errors: [faultAt('/minNights', 'must be at most maxNights')] }],
])

/** Throws a refusal as a problem. It includes the current booking, so that the client sees the decision that won. */
export function rejectRefused(receipt: Receipt | undefined): Receipt | undefined {
  if (!receipt || isGranted(receipt)) return receipt
  const { reason, bookingId, booking } = receipt
  const type = problemOf(reason as Refusal | FailureReason, bookingId)
  if (!booking || type === BOOKING_PROBLEMS.unknown_booking) throw new ProblemError(type, FAULTS.get(type) ?? {})
  const isDecided = type === BOOKING_PROBLEMS.booking_already_decided
  throw new ProblemError(
    type,
    isDecided ? { detail: outcomeOf(booking), booking: publicBooking(booking) } : { booking: publicBooking(booking) },
  )
}
