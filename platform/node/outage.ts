import { around } from '../around.ts'
import { type Logger, messageOf } from '../log-line.ts'

/** A server answers again if no call has failed for so long after one that succeeded: others may still fail. */
const SETTLED_MS = 2_000

/** Reports each outage of a server with two lines: one when a call finds that it does not answer, one when it answers again. */
export class Outage {
  readonly #server: string
  readonly #logger: Logger
  readonly #settledMs: number
  #since: number | undefined
  #settling: NodeJS.Timeout | undefined

  /** @param server the name in the lines, such as `Kafka` */
  constructor(server: string, logger: Logger, settledMs = SETTLED_MS) {
    this.#server = server
    this.#logger = logger
    this.#settledMs = settledMs
  }

  failed(error: unknown): void {
    clearTimeout(this.#settling)
    this.#settling = undefined
    if (this.#since !== undefined) return
    this.#since = performance.now()
    this.#logger.warn(`waits for ${this.#server}`, { error: messageOf(error) })
  }

  answered(): void {
    if (this.#since === undefined || this.#settling) return
    this.#settling = setTimeout(() => this.#ended(), this.#settledMs).unref()
  }

  #ended(): void {
    const seconds = Math.round((performance.now() - this.#since!) / 1_000)
    this.#since = this.#settling = undefined
    this.#logger.info(`${this.#server} answers again`, { seconds })
  }
}

/**
 * A port whose calls report the outages of its server.
 * @param fromMemory methods that may succeed without the server
 */
export const reportingOutages = <Port extends object>(
  port: Port,
  outage: Outage,
  isOutage: (error: unknown) => boolean,
  fromMemory: readonly string[] = [],
): Port =>
  around(port, async (method, call) => {
    try {
      const result = await call()
      if (!fromMemory.includes(method)) outage.answered()
      return result
    } catch (error) {
      if (isOutage(error)) outage.failed(error)
      throw error
    }
  })
