import { Health } from '../reference/responses.ts'
import { route, type Route } from './route.ts'

export const health: readonly Route[] = [
  route({
    method: 'GET',
    path: '/healthz',
    access: 'public',
    flow: 'local',
    group: 'Meta',
    operationId: 'health',
    summary: 'Check that the edge is alive',
    responses: { 200: { description: 'It is alive.', schema: Health, example: { status: 'ok' } } },
    handle: (c) => c.json({ status: 'ok' }),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    access: 'public',
    flow: 'local',
    group: 'Meta',
    operationId: 'readiness',
    summary: 'Check that the edge can take bookings',
    description: 'The query API does not count: without it, requests for bookings are still accepted.',
    responses: {
      200: { description: 'It can take bookings.', schema: Health, example: { status: 'ok' } },
      503: {
        description: 'It cannot take bookings; `faults` states why.',
        schema: Health,
        example: { status: 'unavailable', faults: ['the proxy or its log does not answer'] },
      },
    },
    async handle(c, { commands }) {
      try {
        await commands.check()
        return c.json({ status: 'ok' })
      } catch {
        return c.json({ status: 'unavailable', faults: ['the proxy or its log does not answer'] }, 503)
      }
    },
  }),
]
