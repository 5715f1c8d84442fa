import { styleText } from 'node:util'
import type { DevKeys } from '../dev/keys.ts'
import { DEMO_OWNER } from '#processor/upkeep/demo-listings.ts'
import { DOCUMENTED_PORTS } from '#platform/defaults.mjs'
import type { System } from '../system/system.ts'

/** Printed after a start: addresses, tokens, and commands to paste. */
export async function banner(system: System, dataDir: string, sign: DevKeys['sign']): Promise<string> {
  const traveler = await sign({ sub: 'traveler-1', role: 'traveler' })
  const owner = await sign({ sub: DEMO_OWNER, role: 'owner' })
  const admin = await sign({ sub: 'admin-1', role: 'admin' })
  const { ports } = system
  const edge = `http://localhost:${ports.edge}`
  return [
    heading('Reservoir is running'),
    ...rows([
      ['edge', edge, 'bookings, listings, notifications, analytics'],
      ['reference', `${edge}/docs`, 'every route and every problem, with examples'],
      ['proxy', `http://localhost:${ports.proxy}`, 'Kafka over HTTP, for @upstash/kafka'],
      ['query API', `http://localhost:${ports.processor}`, 'reads, for the edge'],
      ['documented', documentedOf(system), 'the ports of the documents, the same edge'],
      ['data', dataDir, 'embedded log and store: one process, no Kafka, no MongoDB'],
    ]),
    '',
    heading('Tokens, for a day'),
    `TRAVELER_TOKEN=${traveler}`,
    `OWNER_TOKEN=${owner}`,
    `ADMIN_TOKEN=${admin}`,
    '',
    heading('Paste this into another terminal, in this folder: it lists, books, accepts and reads'),
    ...curls(edge),
    '',
    'Ctrl-C ends it; the data stay for the next start.',
  ].join('\n')
}

/**
 * Tokens that were not pasted are made: as they are printed above, a terminal breaks them into lines. Each answer ends its
 * line; that of the booking gives its id to the next, so that all can be pasted at once.
 */
const curls = (edge: string): string[] => [
  tokenFor('traveler', 'traveler-1'),
  tokenFor('owner', DEMO_OWNER),
  `curl -sw '\\n' ${edge}/v1/listings -H "Authorization: Bearer $TRAVELER_TOKEN"`,
  `BOOKING_ID=$(curl -sw '\\n' ${edge}/v1/bookings -H "Authorization: Bearer $TRAVELER_TOKEN" \\`,
  `  -H "Content-Type: application/json" \\`,
  `  -d '{"listingId": "listing-123", "checkIn": "${soon(30)}", "checkOut": "${soon(34)}", "guests": 2}' \\`,
  `  | tee -a /dev/stderr | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')`,
  `curl -sw '\\n' -X POST ${edge}/v1/bookings/$BOOKING_ID/accept -H "Authorization: Bearer $OWNER_TOKEN"`,
  `curl -sw '\\n' "${edge}/v1/notifications?unread=true" -H "Authorization: Bearer $TRAVELER_TOKEN"`,
]

function tokenFor(role: string, sub: string): string {
  const name = `${role.toUpperCase()}_TOKEN`
  return `${name}=\${${name}:-$(npm run -s token -- --role ${role} --sub ${sub})}`
}

/** Another day at each start, or the second start could not book what the first has booked. */
function soon(days: number): string {
  const start = Math.floor(Date.now() / 1000) % 3_000
  return new Date(Date.now() + (days + start) * 86_400_000).toISOString().slice(0, 10)
}

function documentedOf({ documented }: System): string {
  const taken = DOCUMENTED_PORTS.filter((port) => !documented.includes(port))
  const free = documented.length > 0 ? documented.join(' ') : 'none'
  return taken.length > 0 ? `${free} (taken: ${taken.join(' ')})` : free
}

function rows(cells: [string, string, string][]): string[] {
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]!.length)))
  return cells.map(
    ([name, value, what]) => `  ${dim(name.padEnd(widths[0]!))}  ${value.padEnd(widths[1]!)}  ${dim(what)}`,
  )
}

const heading = (text: string): string => styleText(['bold', 'green'], text, { stream: process.stdout })
const dim = (text: string): string => styleText('dim', text, { stream: process.stdout })
