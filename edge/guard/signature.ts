import type { MiddlewareHandler } from 'hono'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { WEBHOOK_SIGNATURE } from '#platform/webhook-signature.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { guard } from './access.ts'

/** Requires that the payment provider has signed the bytes of the body. */
export const requireSignature = ({
  verifyWebhook,
  now = Date.now,
}: Pick<EdgeDeps, 'verifyWebhook' | 'now'>): MiddlewareHandler<EdgeEnv> =>
  guard(async (c, next) => {
    const body = new Uint8Array(await c.req.arrayBuffer())
    const fault = await verifyWebhook(body, c.req.header(WEBHOOK_SIGNATURE), now())
    if (fault !== null) throw new ProblemError(PROBLEMS.invalid_signature, { detail: `The signature is ${fault}.` })
    await next()
  })
