import { forward } from '../reads/forward.ts'
import { ADMINS, type ResponseDoc, route, type Route, type RouteGroup } from './route.ts'

export const STREAMING = [
  'Server-sent events. The first one is `open`.',
  'Each `id` is a position in the log: send it as `Last-Event-ID` to resume without a gap.',
  'If that is not possible, a `reset` comes first, and the stream goes on from now: read the current state again. Its `reason` is `unknown` for an id of another log, and `too_far_back` after more than 10 000 messages.',
  'The stream sends heartbeats and ends after some minutes; reconnect after `retry` milliseconds.',
  'A client that reads too slowly is disconnected. Each caller may have 20 streams open.',
  'In a browser, read it with `fetch`, because an `EventSource` cannot send a token. With curl, use `-N`.',
].join(' ')

export const EVENT_STREAM: ResponseDoc = {
  description: 'Events as they happen.',
  media: ['text/event-stream'],
}

const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/events/stream',
    access: { roles: ADMINS },
    flow: 'forward',
    operationId: 'streamEvents',
    summary: 'Stream every event of the log',
    description: STREAMING,
    parameters: ['lastEventId'],
    responses: { 200: EVENT_STREAM },
    problems: ['overloaded'],
    handle: forward,
  }),
]

export const events: RouteGroup = {
  name: 'Events',
  description: 'The log of record as a stream, for admins.',
  schemas: {},
  routes,
}
