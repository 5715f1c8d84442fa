import { LogError } from '#log/log.ts'
import { pause as pauseUntil } from '#platform/deadline.ts'
import { StoreError } from '#store/store.ts'
import { GatewayError } from './proposers/billing/gateway.ts'

/** Ends early when the signal aborts. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>

/** The attempts for a single message, after its batch has failed. */
const MAX_ATTEMPTS = 4

/** The pause after the first attempt; it doubles after each further one. */
const PAUSE_MS = 100

/**
 * Repeats the work until it succeeds or the attempts end.
 * @returns the error of the last attempt, or undefined after a success
 * @throws the error of an outage, which is not the fault of a message
 */
export async function failureOf(
  work: () => Promise<void>,
  signal: AbortSignal,
  pause: Pause = pauseUntil,
): Promise<{ error: unknown } | undefined> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      await work()
      return undefined
    } catch (error) {
      if (isOutage(error)) throw error
      if (attempt === MAX_ATTEMPTS) return { error }
      await pause(PAUSE_MS * 2 ** (attempt - 1), signal)
    }
  }
}

/** The log, the store or the payment gateway is unreachable, or its response was lost. A refusal is the fault of the message instead. */
export const isOutage = (error: unknown): boolean =>
  error instanceof GatewayError ||
  ((error instanceof LogError || error instanceof StoreError) && !REFUSALS.has(error.code))

const REFUSALS = new Set<string>(['invalid', 'too_large'])
