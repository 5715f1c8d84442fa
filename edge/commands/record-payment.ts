import type { Actor } from '#domain/actor.ts'
import { instantOf } from '#domain/civil.ts'
import { proposalIdOf } from '#domain/ids.ts'
import { reportedBy, type WebhookEvent } from '#domain/stripe.ts'
import type { Trace } from '#domain/trace.ts'
import type { EdgeDeps } from '../deps.ts'
import { append } from './send.ts'

const WEBHOOK: Actor = { role: 'system', id: 'webhook' }

/**
 * Records what the payment provider reports. A repeated webhook is the same command.
 * @param client the signal of the request
 * @returns false for a webhook that is not about a payment of ours: nothing is written
 * @throws ProblemError if the log did not acknowledge the command, so that the provider repeats the webhook
 */
export async function recordPayment(
  deps: EdgeDeps,
  event: WebhookEvent,
  trace: Trace,
  client: AbortSignal,
): Promise<boolean> {
  const reported = reportedBy(event)
  if (reported === null) return false
  const id = proposalIdOf('webhook', event.id)
  const at = instantOf((deps.now ?? Date.now)())
  const command = { type: 'RecordPayment' as const, id, actor: WEBHOOK, at, trace, ...reported }
  await append(deps, { command }, client, { detail: 'Send the webhook again.' })
  return true
}
