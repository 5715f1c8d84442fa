import type { Instant } from '#domain/civil.ts'
import type { PaymentOperation } from '#domain/effects.ts'
import type { PaymentReport } from '#domain/payment.ts'
import type { Doc, Store } from '#store/store.ts'

/**
 * The ledger of the operations at the payment gateway. Entries are only added. Each operation has one for each step: it begins, it
 * has ended with a report, the log has the report. The first entry may say that the operation is omitted. A booking, an operation and a step name one entry, so a step is taken once,
 * whatever crashes and however many processes work on it.
 */
export interface LedgerEntry extends Doc {
  bookingId: string
  operation: PaymentOperation
  seq: number
  at: Instant
}

/** Names an operation: a booking needs each one at most once. */
export type OperationRef = Pick<LedgerEntry, 'bookingId' | 'operation'>

export interface Begun extends LedgerEntry {
  /** The operation came too late and never begins. */
  omitted?: true
}

export interface Ended extends LedgerEntry {
  report: PaymentReport
}

/** The steps of an operation, in order. */
const STEPS = ['begun', 'ended', 'recorded'] as const
type Step = (typeof STEPS)[number]

interface Steps extends Record<Step, LedgerEntry> {
  begun: Begun
  ended: Ended
}

const idOf = ({ bookingId, operation }: OperationRef, step: Step): string =>
  `${bookingId}:${operation}:${STEPS.indexOf(step)}`

/** The steps that were taken. */
export async function stepsOf(store: Store, ref: OperationRef): Promise<Partial<Steps>> {
  const ids = STEPS.map((step) => idOf(ref, step))
  const entries = await store.getMany<LedgerEntry>('payments', ids)
  return Object.fromEntries(entries.map((entry) => [STEPS[entry.seq], entry]))
}

/** Returns the entry of the ledger: that of another process if it was faster. */
export async function takeStep<S extends Step>(
  store: Store,
  step: S,
  ref: OperationRef,
  fields: { at: Instant } & Record<string, unknown>,
): Promise<Steps[S]> {
  const entry = { _id: idOf(ref, step), ...ref, seq: STEPS.indexOf(step), ...fields } as unknown as Steps[S]
  if (await store.insert('payments', entry)) return entry
  return (await store.get<Steps[S]>('payments', entry._id)) ?? entry
}
