import type { Booking } from '#domain/booking.ts'
import { decodeEvent, encodeEvent } from '#domain/dialects/registry.ts'
import { type BookingEvent, type Event, isBookingEvent } from '#domain/event.ts'
import { deadLetterTopicOf, PARTITIONS, TOPICS } from '#domain/topics.ts'
import type { Message } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { received } from '#processor/received.ts'
import type { Doc } from '#store/store.ts'
import type { World } from './world.ts'

/** A change to a correct run, and the invariant that it violates. */
export interface Mutant {
  invariant: string
  name: string
  damage: (world: World) => void
}

export const MUTANTS: readonly Mutant[] = [
  {
    invariant: 'I1',
    name: 'the event of an acknowledged command is gone',
    damage(world) {
      const acknowledged = new Set(world.history.flatMap((call) => (call.answer?.status === 200 ? call.commandId : [])))
      removeEvent(
        world,
        lastEvent(world, (event) => acknowledged.has(event.command.id)),
      )
    },
  },
  {
    invariant: 'I1',
    name: 'a client received another decision than the log has',
    damage(world) {
      const call = callWith(world, ({ answer }) => answer?.body?.status === 'confirmed')
      call.answer!.body = { ...call.answer!.body, status: 'rejected' }
    },
  },
  {
    invariant: 'I2',
    name: 'two live bookings share a night',
    damage(world) {
      const failed = (event: Event) => event.type === 'booking.failed' && event.reason === 'dates_unavailable'
      changeEvents(world, lastEvent(world, failed).id, (event) => ({
        ...(event as BookingEvent),
        type: 'booking.created',
        reason: null,
        booking: { ...(event as BookingEvent).booking, status: 'pending', reason: null },
      }))
    },
  },
  {
    invariant: 'I3',
    name: 'a booking is decided twice',
    damage(world) {
      const first = lastEvent(world, ({ type }) => type === 'booking.confirmed') as BookingEvent
      const last = lastEvent(world, ({ listingId }) => listingId === first.listingId)
      append(world, {
        ...first,
        id: 'again:0',
        seq: last.seq + 1,
        type: 'booking.rejected',
        command: { ...last.command, id: 'again' },
        booking: { ...first.booking, version: first.booking.version + 1, status: 'rejected' },
      })
    },
  },
  {
    invariant: 'I3',
    name: 'a version is skipped',
    damage(world) {
      const { id } = lastEvent(world, ({ type }) => type === 'booking.confirmed')
      changeEvents(world, id, (event) => ({
        ...(event as BookingEvent),
        booking: { ...(event as BookingEvent).booking, version: 7 },
      }))
    },
  },
  {
    invariant: 'I4',
    name: 'a key has two answers',
    damage(world) {
      const first = callWith(world, ({ answer, key }) => answer?.status === 201 && key !== null)
      world.history.push({ ...first, answer: { status: 201, body: { ...first.answer!.body, id: 'another' } } })
    },
  },
  {
    invariant: 'I4',
    name: 'a key has answers with two statuses',
    damage(world) {
      const first = callWith(world, ({ answer, key }) => answer?.status === 201 && key !== null)
      world.history.push({ ...first, answer: { ...first.answer!, status: 409 } })
    },
  },
  {
    invariant: 'I4',
    name: 'a key has two bookings',
    damage(world) {
      const first = lastEvent(world, ({ type }) => type === 'booking.created') as BookingEvent
      const last = lastEvent(world, ({ listingId }) => listingId === first.listingId)
      append(world, { ...first, id: `${first.command.id}:1`, seq: last.seq + 1, bookingId: 'second' })
    },
  },
  {
    invariant: 'I4',
    name: 'a receipt is missing',
    damage: ({ documents }) => void documents['receipts']!.pop(),
  },
  {
    invariant: 'I5',
    name: 'a listing document counts a night without a booking',
    damage: ({ documents }) => void (listingDocumentOf(documents, 'listing-123')['taken']['2040-01-01'] = 1),
  },
  {
    invariant: 'I5',
    name: 'a booking in a listing document differs from its events',
    damage({ documents }) {
      const { bookings } = listingDocumentOf(documents, 'FLIGHT456')
      const [[id, text]] = Object.entries(bookings) as [[string, string]]
      const held = JSON.parse(text) as Booking
      bookings[id] = JSON.stringify({ ...held, guests: held.guests + 1 })
    },
  },
  {
    invariant: 'I5',
    name: 'a booking is neither in its listing document nor in the archive',
    damage: ({ documents }) => void documents['archive']!.pop(),
  },
  {
    invariant: 'I5',
    name: 'an event is recorded but not sent',
    damage: ({ documents }) => void listingDocumentOf(documents, 'listing-123').seq++,
  },
  {
    invariant: 'I6',
    name: 'there is a gap in seq',
    damage(world) {
      const { id } = lastEvent(world, isBookingEvent)
      changeEvents(world, id, (event) => ({ ...event, seq: event.seq + 1 }))
    },
  },
  {
    invariant: 'I6',
    name: 'a duplicate differs',
    damage(world) {
      const event = lastEvent(world, isBookingEvent)
      append(world, { ...event, at: '2020-01-01T00:00:00.000Z' })
    },
  },
  {
    invariant: 'I7',
    name: 'two acknowledged commands of a listing are swapped in the log',
    damage(world) {
      const { listingId, command } = lastEvent(world, ({ listingId }) => listingId === 'FLIGHT456')
      const before = lastEvent(world, (event) => event.listingId === listingId && event.command.id !== command.id)
      const swap = (id: string, ref: Event['command']) =>
        changeEvents(world, id, (event) => ({ ...event, command: { ...event.command, offset: ref.offset } }))
      const last = eventsOf(world).find((event) => event.command.id === command.id)!
      swap(last.id, before.command)
      swap(before.id, command)
    },
  },
  {
    invariant: 'I7',
    name: 'a command precedes another that was acknowledged before it was sent',
    damage(world) {
      const ids = eventsOf(world).flatMap(({ listingId, command }) => (listingId === 'FLIGHT456' ? [command.id] : []))
      const acknowledged = (id: string) => (call: World['history'][number]) =>
        call.commandId === id && (call.answer?.status ?? 500) < 300
      const [early, late] = ids.filter((id) => world.history.some(acknowledged(id)))
      const end = Math.max(...world.history.map(({ endMs }) => endMs))
      for (const call of world.history.filter((call) => call.commandId === early)) call.startMs = call.endMs = end + 1
      for (const call of world.history.filter(acknowledged(late!))) call.endMs = Math.min(call.endMs, end)
    },
  },
  {
    invariant: 'I7',
    name: 'an event is in the wrong partition',
    damage(world) {
      const { partition, message } = placeOf(world, lastEvent(world, isBookingEvent).id)
      removeMessage(world, message)
      push(world, TOPICS.bookings, (partition + 1) % PARTITIONS, message)
    },
  },
  {
    invariant: 'I8',
    name: 'a notification exists twice',
    damage({ documents }) {
      const [first] = documents['notifications']!
      documents['notifications']!.push({ ...first, _id: `${first!._id}:once-more` })
    },
  },
  {
    invariant: 'I8',
    name: 'a notification is missing',
    damage: ({ documents }) => void documents['notifications']!.pop(),
  },
  {
    invariant: 'I9',
    name: 'a booking is counted twice',
    damage: ({ documents }) => void (documents['rollups']![0] as Doc & { requested: number }).requested++,
  },
  {
    invariant: 'I9',
    name: 'a view is out of date',
    damage: ({ documents }) => void (documents['bookings']!.at(-1)!['version'] = 0),
  },
  {
    invariant: 'I10',
    name: 'an input has a result and is a dead letter',
    damage(world) {
      const { partition, offset } = lastEvent(world, isBookingEvent).command
      const input = world.topics[TOPICS.requests]![partition]!.find((message) => message.offset === offset)!
      push(world, deadLetterTopicOf(TOPICS.requests), partition, asDeadLetter(input))
    },
  },
  {
    invariant: 'I10',
    name: 'an input has neither a result nor a dead letter',
    damage: (world) => void deadLettersOf(world)!.pop(),
  },
  {
    invariant: 'I10',
    name: 'an unacknowledged command has no result',
    damage(world) {
      const event = lastEvent(world, isBookingEvent)
      world.history = world.history.filter(({ commandId }) => commandId !== event.command.id)
      removeEvent(world, event)
    },
  },
  {
    invariant: 'I10',
    name: 'a result has no input',
    damage(world) {
      const { partition, offset } = lastEvent(world, isBookingEvent).command
      const messages = world.topics[TOPICS.requests]![partition]!
      messages.splice(
        messages.findIndex((message) => message.offset === offset),
        1,
      )
    },
  },
  {
    invariant: 'I10',
    name: 'a dead letter has no reason',
    damage(world) {
      const letter = deadLettersOf(world)!.at(-1)!
      letter.headers = letter.headers.filter(([name]) => name !== 'x-error-reason')
    },
  },
  {
    invariant: 'I10',
    name: 'a dead letter differs from its message',
    damage: (world) => void (deadLettersOf(world)!.at(-1)!.value = new TextEncoder().encode('something else')),
  },
  {
    invariant: 'I11',
    name: 'a committed offset goes back',
    damage({ committed }) {
      const moved = committed.findLast(({ offsets }) => offsets.some((offset) => offset > 0))!
      committed.push({ ...moved, offsets: moved.offsets.map((offset) => offset - 1) })
    },
  },
  {
    invariant: 'I11',
    name: 'a committed offset exceeds its partition',
    damage: ({ committed }) => void committed.at(-1)!.offsets.fill(1_000_000),
  },
]

const messagesOf = (world: World): Message[] => world.topics[TOPICS.bookings]!.flat()
const eventOf = (message: Message): Event => decodeEvent(received(message))
const eventsOf = (world: World): Event[] => messagesOf(world).map(eventOf)

function lastEvent(world: World, wanted: (event: Event) => boolean): Event {
  const found = eventsOf(world).findLast(wanted)
  if (!found) throw new Error('the run has no such event to damage')
  return found
}

function callWith(world: World, wanted: (call: World['history'][number]) => boolean) {
  const found = world.history.find(wanted)
  if (!found) throw new Error('the run has no such call to damage')
  return found
}

function placeOf(world: World, eventId: string): { partition: number; message: Message } {
  const message = messagesOf(world).find((one) => eventOf(one).id === eventId)!
  return { partition: message.partition, message }
}

function removeMessage(world: World, message: Message): void {
  const messages = world.topics[message.topic]![message.partition]!
  messages.splice(messages.indexOf(message), 1)
}

/** Removes an event and its duplicates. */
function removeEvent(world: World, { id }: Event): void {
  for (const message of messagesOf(world)) if (eventOf(message).id === id) removeMessage(world, message)
}

/** Changes an event and its duplicates. */
function changeEvents(world: World, id: string, change: (event: Event) => Event): void {
  for (const message of messagesOf(world)) {
    if (eventOf(message).id === id) Object.assign(message, written(change(eventOf(message))))
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function written(event: Event): Pick<Message, 'key' | 'value' | 'headers'> {
  const { key, value, headers } = encodeEvent(event)
  return { key: bytes(key), value: bytes(value), headers: headers.map(([name, text]) => [name, bytes(text)]) }
}

function append(world: World, event: Event): void {
  const partition = partitionOf(event.listingId, PARTITIONS)
  push(world, TOPICS.bookings, partition, {
    ...placeOf(world, lastEvent(world, isBookingEvent).id).message,
    ...written(event),
  })
}

function push(world: World, topic: string, partition: number, message: Message): void {
  const messages = world.topics[topic]![partition]!
  messages.push({ ...message, topic, partition, offset: (messages.at(-1)?.offset ?? -1) + 1 })
}

function asDeadLetter(message: Message): Message {
  const fields = {
    'x-error-reason': 'none',
    'x-original-partition': message.partition,
    'x-original-offset': message.offset,
  }
  const headers = Object.entries(fields).map(([name, value]): [string, Uint8Array] => [name, bytes(String(value))])
  return { ...message, headers: [...message.headers, ...headers] }
}

const deadLettersOf = ({ topics }: World): Message[] | undefined =>
  topics[deadLetterTopicOf(TOPICS.requests)]!.find((letters) => letters.length > 0)

// oxlint-disable-next-line typescript/no-explicit-any -- a document as stored
const listingDocumentOf = (documents: World['documents'], listingId: string): any =>
  documents['listing_documents']!.find(({ _id }) => _id === listingId)
