import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Budget, Taken } from '../budget.ts'

type Handle = (request: IncomingMessage, response: ServerResponse) => void

interface Waiting {
  request: IncomingMessage
  response: ServerResponse
  taken: Taken
}

export interface PipelineLimits {
  /** Requests of the connection; the response to the last one closes it. */
  requests: number
  /** Requests that are processed at once. */
  atOnce: number
  /** What all waiting requests of the process share, by address. */
  waiting: Budget
}

/** The requests of one connection. Node starts all that a client has sent at once; here a few are started and the rest wait. */
export class Pipeline {
  readonly #handle: Handle
  readonly #limits: PipelineLimits
  readonly #waiting: Waiting[] = []
  #started = 0
  #underWay = 0
  #newest: { request: IncomingMessage; response: ServerResponse } | undefined
  #last: (() => void) | undefined

  constructor(handle: Handle, limits: PipelineLimits) {
    this.#handle = handle
    this.#limits = limits
  }

  /** Starts the request in its turn. Closes the connection if too many wait. */
  add(request: IncomingMessage, response: ServerResponse): void {
    this.#newest = { request, response }
    if (this.#mayStart) return this.#start(request, response)
    const taken = this.#limits.waiting.take(request.socket.remoteAddress ?? '')
    if ('refused' in taken) request.socket.destroy()
    else this.#waiting.push({ request, response, taken })
  }

  /** Whether a part of the newest request is missing. */
  get isIncomplete(): boolean {
    return this.#newest?.request.complete === false
  }

  /** Whether the newest request has no others before it, and nothing of its response is sent. */
  get isUnanswered(): boolean {
    return this.#underWay + this.#waiting.length === 1 && this.#newest?.response.headersSent === false
  }

  /** Calls back when every request has its response. */
  afterAll(last: () => void): void {
    if (this.#underWay === 0) last()
    else this.#last = last
  }

  get #mayStart(): boolean {
    return this.#underWay < this.#limits.atOnce && this.#started < this.#limits.requests
  }

  #start(request: IncomingMessage, response: ServerResponse): void {
    this.#underWay++
    if (++this.#started === this.#limits.requests) response.setHeader('Connection', 'close')
    response.once('close', () => this.#ended())
    this.#handle(request, response)
  }

  #ended(): void {
    this.#underWay--
    while (this.#mayStart && this.#waiting.length > 0) this.#startNext(this.#waiting.shift()!)
    if (this.#underWay > 0) return
    for (const { taken } of this.#waiting.splice(0)) taken.release()
    this.#last?.()
  }

  /** The responses of a closed connection are closed too, so that its waiting requests are dropped here. */
  #startNext({ request, response, taken }: Waiting): void {
    taken.release()
    if (!request.socket.destroyed) this.#start(request, response)
  }
}
