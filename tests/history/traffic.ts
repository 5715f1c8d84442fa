import { randomUUID } from 'node:crypto'
import type { DevKeys } from '../../scripts/dev/keys.ts'
import { type RecordedCall, type RecordingClient, recordingClient } from './recording-client.ts'
import type { Call } from './world.ts'

export interface Traffic {
  /** Number of answered booking requests so far. */
  readonly answered: number
  /** Resolves when `bookings` more requests have been answered; rejects when a client has given up. */
  more: (bookings: number) => Promise<void>
  /** Stops new requests; resolves when all pending ones have been answered. */
  stop: () => Promise<void>
}

export interface TrafficOptions {
  origin: () => string
  keys: DevKeys
  history: Call[]
  clients: number
  /** Pause of a client between two bookings. */
  pauseMs?: number
  /** How long a client retries before it fails. */
  retryLimitMs?: number
}

/** Two demo listings with capacity 1 and two with more. */
const LISTINGS = ['listing-123', '1', 'FLIGHT456', 'HOTEL789']

/** So few that requests conflict. */
const NIGHTS = 60

/** Travelers book and cancel, an owner decides; every client retries until it has an answer. */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const { origin, keys, history, clients, pauseMs = 0, retryLimitMs = 90_000 } = options
  const stopping = new AbortController()
  const run = randomUUID().slice(0, 8)
  const count = { answered: 0 }

  const as = async (role: 'traveler' | 'owner', subject: string) =>
    recordingClient(origin, { role, subject, token: await keys.sign({ role, sub: subject }) }, history)
  const owner = await as('owner', 'owner-1')

  async function runTraveler(traveler: RecordingClient, client: number): Promise<void> {
    for (let n = client; !stopping.signal.aborted; n += clients) {
      const key = `${run}-${n}`
      const callOptions = { key, body: requestOf(n), ...(n % 3 === 0 && { headers: { prefer: 'wait=5' } }) }
      const book = () => traveler.callUntilAnswered('POST', '/v1/bookings', callOptions, retryLimitMs)
      // At the same moment, because the edge would refuse dates that it knows to be taken.
      const rival = () =>
        traveler.callUntilAnswered('POST', '/v1/bookings', { ...callOptions, key: `${key}-rival` }, retryLimitMs)
      const others = [...(n % 7 === 0 ? [book] : []), ...(n % 9 === 0 ? [rival] : [])]
      const [response] = await Promise.all([book, ...others].map((call) => call()))
      count.answered++
      await decide(response!, n, { key, owner, traveler, retryLimitMs })
      if (n % 11 === 0) await book()
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  const travelers = Array.from({ length: clients }, async (_, i) =>
    runTraveler(await as('traveler', `traveler-${i}`), i),
  )
  const all = Promise.all(travelers)
  // `more` and `stop` report the failure to their caller.
  all.catch(() => stopping.abort())
  return {
    get answered() {
      return count.answered
    },
    async more(bookings) {
      const goal = count.answered + bookings
      while (count.answered < goal) {
        if (stopping.signal.aborted) return all.then(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    async stop() {
      stopping.abort()
      await all
    },
  }
}

interface Deciders {
  key: string
  owner: RecordingClient
  traveler: RecordingClient
  retryLimitMs: number
}

/** Owners decide about stays only; the other kinds wait for payment. */
async function decide({ answer }: RecordedCall, n: number, { key, owner, traveler, retryLimitMs }: Deciders) {
  if (answer?.status !== 201) return
  const path = `/v1/bookings/${answer.body.id}`
  const by = (client: RecordingClient, verb: string) =>
    client.callUntilAnswered('POST', `${path}/${verb}`, { key: `${key}-${verb}` }, retryLimitMs)
  const isStay = n % LISTINGS.length < 2
  if (isStay && n % 5 < 3) await by(owner, 'accept')
  if (isStay && n % 5 === 3) await Promise.all([by(owner, 'accept'), by(owner, 'reject')])
  if (n % 5 !== 4) await by(traveler, 'cancel')
}

function requestOf(n: number): object {
  const day = (offset: number) => new Date(Date.UTC(2034, 0, 1 + offset)).toISOString().slice(0, 10)
  const listingId = LISTINGS[n % LISTINGS.length]!
  const first = (n * 17) % NIGHTS
  const checkOut = listingId === 'FLIGHT456' ? null : day(first + 2)
  return { listingId, checkIn: day(first), checkOut, guests: 1 }
}
