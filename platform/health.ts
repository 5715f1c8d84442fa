import { z } from 'zod'

/** The body of `/healthz` and `/readyz` of every process. */
export const Health = z.strictObject({
  status: z.enum(['ok', 'failing']),
  service: z.string().describe('The process that responds: edge, proxy or processor.'),
  faults: z.array(z.string()).describe('Why the status is failing; empty when it is ok.'),
  warnings: z.array(z.string()).describe('What an operator should look at, although the process does its work.'),
})
export type Health = z.infer<typeof Health>

/** 200 when there are no faults, otherwise 503. */
export function healthResponse(service: string, faults: string[], warnings: string[] = []): Response {
  const isOk = faults.length === 0
  const health: Health = { status: isOk ? 'ok' : 'failing', service, faults, warnings }
  return isOk ? Response.json(health) : Response.json(health, { status: 503, headers: { 'Retry-After': '1' } })
}
