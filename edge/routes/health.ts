import { Health, healthResponse } from '#platform/health.ts'
import { route, type Route } from './route.ts'

const SERVICE = 'edge'
const UNREACHABLE = 'the proxy or its log does not respond'
const HEALTHY: Health = { status: 'ok', service: SERVICE, faults: [] }

export const health: readonly Route[] = [
  route({
    method: 'GET',
    path: '/healthz',
    access: 'public',
    flow: 'local',
    group: 'Meta',
    operationId: 'health',
    summary: 'Check that the edge is alive',
    responses: { 200: { description: 'It is alive.', schema: Health, example: HEALTHY } },
    handle: () => healthResponse(SERVICE, []),
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
      200: { description: 'It can take bookings.', schema: Health, example: HEALTHY },
      503: {
        description: 'It cannot take bookings; `faults` states why.',
        schema: Health,
        example: { status: 'failing', service: SERVICE, faults: [UNREACHABLE] },
      },
    },
    async handle(_, { commands }) {
      try {
        await commands.check()
        return healthResponse(SERVICE, [])
      } catch {
        return healthResponse(SERVICE, [UNREACHABLE])
      }
    },
  }),
]
