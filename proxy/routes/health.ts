import { fresh } from '#platform/fresh.ts'
import { healthResponse } from '#platform/health.ts'
import type { Dependencies } from '../http/dependencies.ts'
import { response } from '../reference/parts.ts'
import { ref, text } from '../reference/schemas.ts'
import type { TopicAvailability } from '../topics.ts'
import { within } from '#platform/deadline.ts'
import type { Route } from './route.ts'

const LOG_WAIT_MS = 2000

/** How old an answer of the log may be: many callers must not become many questions to it. */
const READY_MS = 1000

export type HealthDependencies = Pick<Dependencies, 'topics' | 'metrics' | 'stalledCalls' | 'notReady'>

export function healthRoutes({ topics, metrics, stalledCalls, notReady }: HealthDependencies): Route[] {
  const fault = fresh(READY_MS, () => whyUnreachable(topics))
  return [
    {
      methods: ['GET'],
      path: '/healthz',
      isPublic: true,
      docs: {
        operationId: 'healthz',
        summary: 'Liveness: 503 if the process must be restarted.',
        description: 'An unreachable log does not fail this check.',
        success: response('The process is healthy.', ref('Health')),
        others: { 503: response('The process must be restarted.', ref('Health')) },
      },
      handle: () => {
        const stalled = stalledCalls.describe()
        return healthResponse('proxy', stalled === undefined ? [] : [stalled])
      },
    },
    {
      methods: ['GET'],
      path: '/readyz',
      isPublic: true,
      docs: {
        operationId: 'readyz',
        summary: 'Readiness: 503 if the process should get no requests.',
        success: response('The log is reachable.', ref('Health')),
        others: { 503: response('The process should get no requests.', ref('Health')) },
      },
      handle: async () => {
        const reason = notReady() ?? (await fault())
        return healthResponse('proxy', reason === undefined ? [] : [reason])
      },
    },
    {
      methods: ['GET'],
      path: '/metrics',
      isPublic: true,
      docs: {
        operationId: 'metrics',
        summary: 'Metrics for Prometheus.',
        success: { description: 'Metrics in the text format.', content: { 'text/plain': { schema: text } } },
      },
      handle: async (c) => {
        const { registry } = metrics
        return c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType })
      },
    },
  ]
}

function whyUnreachable(topics: TopicAvailability): Promise<string | undefined> {
  const answered = within(LOG_WAIT_MS, topics.all(), () => new Error('timeout'))
  return answered.then(
    () => undefined,
    () => 'the log is unreachable',
  )
}
