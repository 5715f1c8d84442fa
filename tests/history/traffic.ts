import { randomUUID } from 'node:crypto'
import type { DevKeys } from '../../scripts/dev/keys.ts'
import { type RecordedCall, type RecordingClient, recordingClient } from './recording-client.ts'
import type { Call } from './world.ts'

export interface Traffic {
  /** Bookings that were asked for and answered so far. */
  readonly answered: number
  /** Resolves when so many more have been answered; rejects when a client gave up. */
  more: (bookings: number) => Promise<void>
  /** Nobody begins anything new; resolves when everybody has an answer to what is under way. */
  stop: () => Promise<void>
}

export interface TrafficOptions {
  origin: () => string
  keys: DevKeys
  history: Call[]
  clients: number
  /** Of one client, between two bookings. */
  pauseMs?: number
  /** For how long a client asks again before it is an error. */
  patienceMs?: number
}

/** Two of the demo listings have one place a night, two have many. */
const LISTINGS = ['listing-123', '1', 'FLIGHT456', 'HOTEL789']

/** So few that many want the same. */
const NIGHTS = 60

/** Travelers who book and change their minds, owners who decide; all of them ask again until they have an answer. */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const { origin, keys, history, clients, pauseMs = 0, patienceMs = 90_000 } = options
  const stopping = new AbortController()
  const run = randomUUID().slice(0, 8)
  const count = { answered: 0 }

  const as = async (role: 'traveler' | 'owner', subject: string) =>
    recordingClient(origin, { role, subject, token: await keys.sign({ role, sub: subject }) }, history)
  const owner = await as('owner', 'owner-1')

  async function live(traveler: RecordingClient, client: number): Promise<void> {
    for (let n = client; !stopping.signal.aborted; n += clients) {
      const key = `${run}-${n}`
      const asked = { key, body: wishOf(n), ...(n % 3 === 0 && { headers: { prefer: 'wait=5' } }) }
      const ask = () => traveler.insist('POST', '/v1/bookings', asked, patienceMs)
      const [told] = await Promise.all(n % 7 === 0 ? [ask(), ask()] : [ask()])
      count.answered++
      await decide(told, n, { key, owner, traveler, patienceMs })
      if (n % 11 === 0) await ask()
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  const lives = Array.from({ length: clients }, async (_, i) => live(await as('traveler', `traveler-${i}`), i))
  const all = Promise.all(lives)
  // Whoever gives up is told of by whoever waits for the traffic.
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
  patienceMs: number
}

/** Flights and rooms wait for their payment, so owners decide about stays only. */
async function decide({ answer }: RecordedCall, n: number, { key, owner, traveler, patienceMs }: Deciders) {
  if (answer?.status !== 201) return
  const path = `/v1/bookings/${answer.body.id}`
  const by = (client: RecordingClient, verb: string) =>
    client.insist('POST', `${path}/${verb}`, { key: `${key}-${verb}` }, patienceMs)
  const isStay = n % LISTINGS.length < 2
  if (isStay && n % 5 < 3) await by(owner, 'accept')
  if (isStay && n % 5 === 3) await Promise.all([by(owner, 'accept'), by(owner, 'reject')])
  if (n % 5 !== 4) await by(traveler, 'cancel')
}

function wishOf(n: number): object {
  const day = (offset: number) => new Date(Date.UTC(2034, 0, 1 + offset)).toISOString().slice(0, 10)
  const listingId = LISTINGS[n % LISTINGS.length]!
  const first = (n * 17) % NIGHTS
  const checkOut = listingId === 'FLIGHT456' ? null : day(first + 2)
  return { listingId, checkIn: day(first), checkOut, guests: 1 }
}
