import type { Actor } from '../actor.ts'
import type { Booking } from '../booking.ts'

type Parties = Pick<Booking, 'ownerId' | 'travelerId'>

const IS_PARTY: Readonly<Record<Actor['role'], (id: string, parties: Parties) => boolean>> = {
  traveler: (id, { travelerId }) => id === travelerId,
  owner: (id, { ownerId }) => id === ownerId,
  admin: () => true,
  system: () => true,
}

/** Whether an actor is the traveler or the owner of a booking, or may act on every booking. */
export const isParty = ({ role, id }: Actor, parties: Parties): boolean => IS_PARTY[role](id, parties)

/** Whether an actor may publish, change or withdraw a listing. */
export const mayManage = (actor: Actor, ownerId: string): boolean =>
  actor.role !== 'traveler' && isParty(actor, { ownerId, travelerId: '' })
