import type { Actor } from '../actor.ts'
import type { Status } from '../booking.ts'
import type { BookingCommand, RequestBooking } from '../command.ts'
import type { BookingEvent, Refusal } from '../event.ts'
import type { PaymentResult } from '../payment.ts'
import { type ConfirmationPolicy, mustAgree, type Party, partiesOf } from '../policies.ts'

/** What a guard depends on, beside the state of the booking. */
export interface Circumstances {
  policy: ConfirmationPolicy
  /** Whether the listing can take what the request asks for. */
  possible: boolean
  /** The parties that agree once the command is applied. */
  agreed: readonly Party[]
  /** The result that the command reports. */
  result?: PaymentResult
  /** Whether the time of the command has come. */
  isDue: boolean
}

interface Guard {
  /** As ARCHITECTURE.md prints it. */
  says: string
  holds(circumstances: Circumstances): boolean
  /** Why a command is refused if this guard keeps its row from applying, and no other row applies. */
  refusal?: Refusal
}

const allAgree = ({ policy, agreed }: Circumstances): boolean =>
  partiesOf(policy).every((party) => agreed.includes(party))

const impossible: Guard = { says: 'the listing cannot take it', holds: ({ possible }) => !possible }
const noneMustAgree: Guard = { says: 'no agreement is needed', holds: ({ policy }) => partiesOf(policy).length === 0 }
const ownerMustAgree: Guard = {
  says: 'the owner must agree',
  holds: ({ policy }) => mustAgree(policy, 'owner'),
  refusal: 'owner_does_not_decide',
}
const ownerIsLast: Guard = {
  says: 'the owner must agree, and everyone else has',
  holds: (circumstances) => ownerMustAgree.holds(circumstances) && allAgree(circumstances),
}
const paymentIsLast: Guard = {
  says: 'the payment is authorized, and everyone else has agreed',
  holds: (circumstances) => circumstances.result === 'authorized' && allAgree(circumstances),
}
const paymentFailed: Guard = { says: 'the payment failed', holds: ({ result }) => result === 'failed' }
const due: Guard = { says: 'its time has come', holds: ({ isDue }) => isDue, refusal: 'not_due' }

/** One way from a state of a booking to the next. */
export interface Transition {
  command: (RequestBooking | BookingCommand)['type']
  /** The roles that may use it. A traveler or an owner must be that of the booking. */
  actors: readonly Actor['role'][]
  /** Null stands for a booking that does not exist. */
  from: readonly (Status | null)[]
  guard?: Guard
  event: BookingEvent['type']
  to: Status | 'same'
}

const DECIDERS: Transition['actors'] = ['owner', 'admin', 'system']
const EVERYONE: Transition['actors'] = ['traveler', ...DECIDERS]
const OURSELVES: Transition['actors'] = ['system']
const request = { command: 'RequestBooking', actors: EVERYONE } as const
const accept = { command: 'AcceptBooking', actors: DECIDERS } as const
const reject = { command: 'RejectBooking', actors: DECIDERS } as const
const cancel = { command: 'CancelBooking', actors: EVERYONE } as const
const remind = { command: 'RemindOwner', actors: OURSELVES } as const
const expire = { command: 'ExpireBooking', actors: OURSELVES } as const
const complete = { command: 'CompleteBooking', actors: OURSELVES } as const
const record = { command: 'RecordPayment', actors: OURSELVES } as const

const LIVE: Transition['from'] = ['pending', 'accepted', 'confirmed']
const ENDED: Transition['from'] = ['completed', 'rejected', 'expired', 'cancelled', 'failed']

/**
 * Everything that can happen to a booking. Of the rows of a command, the first one that fits applies. Then the first one that fits
 * the new state applies, until none does: so an instant request is confirmed by the command that made it.
 */
export const TRANSITIONS: readonly Transition[] = [
  { ...request, from: [null], guard: impossible, event: 'booking.failed', to: 'failed' },
  { ...request, from: [null], event: 'booking.created', to: 'pending' },
  { ...request, from: ['pending'], guard: noneMustAgree, event: 'booking.confirmed', to: 'confirmed' },
  { ...accept, from: ['pending'], guard: ownerIsLast, event: 'booking.confirmed', to: 'confirmed' },
  { ...accept, from: ['pending'], guard: ownerMustAgree, event: 'booking.accepted', to: 'accepted' },
  { ...reject, from: ['pending'], guard: ownerMustAgree, event: 'booking.rejected', to: 'rejected' },
  { ...cancel, from: LIVE, event: 'booking.cancelled', to: 'cancelled' },
  { ...remind, from: ['pending'], guard: ownerMustAgree, event: 'booking.reminded', to: 'same' },
  { ...expire, from: ['pending', 'accepted'], guard: due, event: 'booking.expired', to: 'expired' },
  { ...complete, from: ['confirmed'], guard: due, event: 'booking.completed', to: 'completed' },
  { ...record, from: ['pending', 'accepted'], guard: paymentIsLast, event: 'booking.confirmed', to: 'confirmed' },
  { ...record, from: LIVE, guard: paymentFailed, event: 'booking.failed', to: 'failed' },
  { ...record, from: [...LIVE, ...ENDED], event: 'booking.payment_changed', to: 'same' },
]

/** A request that does not hold its dates, after another one has taken them. */
export const DISPLACED = { event: 'booking.rejected', to: 'rejected' } as const

/** The rows of a command that an actor's role may use. */
export const transitionsFor = (command: Transition['command'], { role }: Actor): Transition[] =>
  TRANSITIONS.filter((row) => row.command === command && row.actors.includes(role))

/** The rows that apply from a state, in order; or why none does. */
export function pathFrom(
  status: Status | null,
  rows: readonly Transition[],
  circumstances: Circumstances,
): readonly [Transition, ...Transition[]] | Refusal {
  const open = rows.filter(({ from }) => from.includes(status))
  if (open.length === 0) return 'booking_already_decided'
  const first = open.find(({ guard }) => guard === undefined || guard.holds(circumstances))
  if (!first) return open.find(({ guard }) => guard?.refusal)?.guard?.refusal ?? 'booking_already_decided'
  if (first.to === 'same') return [first]
  const moving = rows.filter(({ to }) => to !== 'same')
  const rest = pathFrom(first.to, moving, circumstances)
  return typeof rest === 'string' ? [first] : [first, ...rest]
}
