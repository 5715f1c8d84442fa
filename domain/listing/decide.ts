import type { Booking } from '../booking.ts'
import type { Command } from '../command.ts'
import type { Fact } from '../event.ts'
import { displacedBy } from './displace.ts'
import { blockDays, changeListing, publish, unblockDays } from './publish.ts'
import { request } from './request.ts'
import { settle } from './settle.ts'
import { bookingOf, type ListingState } from './state.ts'

/**
 * What a command does to a listing. Pure: times and ids come in with the command. A refusal is a fact with its reason.
 * @param archived the booking the command names, if this listing held it once and has archived it
 * @returns at least one fact, in order
 */
export function decide(command: Command, state: ListingState, archived?: Booking): [Fact, ...Fact[]] {
  const facts = factsOf(command, state, archived)
  // First, because the last fact of a command is its outcome.
  const [first, ...rest] = displacedBy(facts, state, command.at)
  return first ? [first, ...rest, ...facts] : facts
}

function factsOf(command: Command, state: ListingState, archived?: Booking): [Fact, ...Fact[]] {
  switch (command.type) {
    case 'PublishListing':
      return [publish(command.listing, command.actor, state)]
    case 'ChangeListing':
      return [changeListing('listing.changed', command.changes, command.actor, state)]
    case 'WithdrawListing':
      return [changeListing('listing.withdrawn', {}, command.actor, state)]
    case 'BlockDays':
      return [blockDays(command.block, command.actor, state)]
    case 'UnblockDays':
      return [unblockDays(command.blockId, command.actor, state)]
    case 'RequestBooking':
      return request(command, state, archived)
    default:
      return settle(command, bookingOf(state, command.bookingId) ?? archived, state.listing)
  }
}
