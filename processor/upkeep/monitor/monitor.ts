import { Hono } from 'hono'
import { fresh } from '#platform/fresh.ts'
import { healthResponse } from '#platform/health.ts'
import { noQuery } from '../../api/query-parameters.ts'
import { Metrics } from './metrics.ts'
import { Progress, type ProgressOptions } from './progress.ts'

/** The health and the metrics of the process. */
export interface Monitor {
  progress: Progress
  metrics: Metrics
  /** A sentence for each partition that a group of this process cannot read, by group and partition. */
  unreadable: Map<string, string>
}

export const createMonitor = (options?: ProgressOptions): Monitor => ({
  progress: new Progress(options),
  metrics: new Metrics(),
  unreadable: new Map(),
})

/** For the operator: reached without a token, inside the cluster. */
export function monitorRoutes({ progress, metrics: { registry } }: Monitor): Hono {
  const routes = new Hono()

  /** Fails when a part of the process stands still, so that the process is restarted. /readyz checks log and store. */
  routes.get('/healthz', noQuery, () => healthResponse('processor', progress.stalled()))

  const metrics = fresh(0, () => registry.metrics())
  routes.get('/metrics', noQuery, async (c) => c.body(await metrics(), 200, { 'content-type': registry.contentType }))

  return routes
}
