import type { Command } from '#domain/command.ts'
import { encodeCommand } from '#domain/dialects/lab2.ts'
import type { Refusal } from '#domain/event.ts'
import { codeOf, ProblemError } from '#domain/problems.ts'
import { isGranted, type Receipt } from '#domain/projections/receipt.ts'
import type { EdgeDeps } from './app.ts'
import { AppendError } from './command-log.ts'
import type { Intent } from './intent.ts'

const OUTCOME_WAIT_MS = 5_000

/** Resolves when the log has the command; a problem that names the key to repeat with, when that is not known. */
export async function send(
  { commands }: EdgeDeps,
  { key }: Intent,
  command: Command,
  listing?: { ownerId: string; price: number },
): Promise<void> {
  try {
    await commands.append(encodeCommand(command, listing))
  } catch (error) {
    if (!(error instanceof AppendError)) throw error
    const detail = `Repeat the request with "Idempotency-Key: ${key}".`
    throw new ProblemError(error.perhapsWritten ? 'outcome_unknown' : 'log_unavailable', {
      detail,
      idempotencyKey: key,
    })
  }
}

/** Sends and waits for what becomes of it: `undefined` when nothing is known by then, a problem when it was refused. */
export async function sendAndWait(deps: EdgeDeps, intent: Intent, command: Command): Promise<Receipt | undefined> {
  await send(deps, intent, command)
  const receipt = await deps.query.receipt(command.id, deps.outcomeWaitMs ?? OUTCOME_WAIT_MS, intent.authorization)
  if (receipt && !isGranted(receipt)) throw refusal(receipt)
  return receipt
}

/** With the booking as it stands, so that whoever lost sees who won. */
function refusal({ reason, bookingId, booking }: Receipt): ProblemError {
  const code = codeOf(reason as Refusal, bookingId)
  return new ProblemError(code, booking && code !== 'unknown_booking' ? { booking } : {})
}
