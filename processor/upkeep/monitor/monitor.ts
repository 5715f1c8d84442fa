import { Hono } from 'hono'
import { Metrics } from './metrics.ts'
import { Progress, type ProgressOptions } from './progress.ts'

/** How the process is, for whoever runs it. */
export interface Vitals {
  progress: Progress
  metrics: Metrics
}

export const createVitals = (options?: ProgressOptions): Vitals => ({
  progress: new Progress(options),
  metrics: new Metrics(),
})

/** For whoever runs the process: asked without a token, inside the cluster. */
export function vitalRoutes({ progress, metrics: { registry } }: Vitals): Hono {
  const routes = new Hono()

  /** Whoever stands still is better started anew; whether log and store are there is for /readyz to say. */
  routes.get('/healthz', (c) => {
    const faults = progress.standing()
    return faults.length > 0 ? c.json({ status: 'standing still', faults }, 503) : c.json({ status: 'ok' })
  })

  routes.get('/metrics', async (c) => c.body(await registry.metrics(), 200, { 'content-type': registry.contentType }))

  return routes
}
