import type { PaymentReport } from '#domain/payment.ts'
import { around } from '#platform/around.ts'
import { retry, within } from '#platform/deadline.ts'
import { Outage, reportingOutages } from '#platform/node/outage.ts'
import type { Logger } from '#platform/log-line.ts'
import type { Monitor } from '../../upkeep/monitor/monitor.ts'
import { type Gateway, GatewayError } from './gateway.ts'

/** Longer than a driver's own limit, which this one only backs up. */
const LIMIT_MS = 20_000

/** A lost answer is asked for again at once, a few times, so that one slow payment does not hold up the others. */
const LOST_ANSWERS = {
  pauseMs: (attempt: number) => (attempt < 2 ? 50 * 2 ** attempt : undefined),
  limitMs: 5_000,
  isTransient: (error: unknown) => error instanceof GatewayError && error.code === 'unknown',
}

/** A gateway whose calls end in time and are counted. An outage is reported with one line when it begins, and one when it ends. */
export function watchedGateway(gateway: Gateway, { progress, metrics }: Monitor, logger: Logger): Gateway {
  const late = () => new GatewayError('unknown', `the payment gateway did not answer within ${LIMIT_MS / 1000} s`)
  const watched = around(gateway, async (method, call) => {
    const started = performance.now()
    const count = (result: string) => metrics.paid(method, result, (performance.now() - started) / 1000)
    try {
      const report = await progress.call(`the payment gateway's ${method}`, () => within(LIMIT_MS, call(), late))
      count((report as PaymentReport | undefined)?.result ?? 'none')
      return report
    } catch (error) {
      count(error instanceof GatewayError ? error.code : 'error')
      throw error
    }
  })
  const isOutage = (error: unknown) => error instanceof GatewayError
  const repeating = around(watched, (_, call) => retry(call, LOST_ANSWERS))
  return reportingOutages(repeating, new Outage('the payment gateway', logger), isOutage)
}
