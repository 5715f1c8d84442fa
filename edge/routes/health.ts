import { fresh } from '#platform/fresh.ts'
import { Health, healthResponse } from '#platform/health.ts'
import type { EdgeDeps } from '../deps.ts'
import { route, type Route } from './route.ts'

const SERVICE = 'edge'
const KEYS_FAULT = 'JWT_JWKS_URL does not respond with the keys that verify tokens'
const UNREACHABLE = 'the proxy or its log does not respond'
const HEALTHY: Health = { status: 'ok', service: SERVICE, faults: [], warnings: [] }

/** How old an answer of `/readyz` may be: many callers must not become many questions to the proxy. */
const READY_MS = 1_000

type Readiness = Pick<Health, 'faults' | 'warnings'>

const shared = new WeakMap<EdgeDeps, () => Promise<Readiness>>()

/** One for each edge: a process may have several. */
function readinessOf(deps: EdgeDeps): () => Promise<Readiness> {
  const ready = shared.get(deps) ?? fresh(READY_MS, () => readiness(deps))
  shared.set(deps, ready)
  return ready
}

async function readiness({ commands, tokens }: EdgeDeps): Promise<Readiness> {
  const isReachable = commands.check().then(
    () => true,
    () => false,
  )
  const fault = await tokens.keysFault?.()
  return { faults: fault ? [fault] : [], warnings: (await isReachable) ? [] : [UNREACHABLE] }
}

export const health: readonly Route[] = [
  route({
    method: 'GET',
    path: '/healthz',
    access: 'public',
    flow: 'local',
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
    operationId: 'readiness',
    summary: 'Check that the edge can serve requests',
    description:
      'A log that cannot be reached is a warning, not a fault: reads are still answered, and requests for bookings return 503.',
    responses: {
      200: { description: 'It can serve requests.', schema: Health, example: { ...HEALTHY, warnings: [UNREACHABLE] } },
      503: {
        description: 'It cannot verify tokens; `faults` states why.',
        schema: Health,
        example: { status: 'failing', service: SERVICE, faults: [KEYS_FAULT], warnings: [] },
      },
    },
    async handle(_, deps) {
      const { faults, warnings } = await readinessOf(deps)()
      return healthResponse(SERVICE, faults, warnings)
    },
  }),
]
