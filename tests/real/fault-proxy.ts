/** A TCP proxy in front of a broker. It parses Kafka frames and can drop, hold and cut single requests and answers. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export const API = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
} as const

export type Api = keyof typeof API

export interface Fault {
  /** The affected API; all if absent. */
  api?: Api
  /** A request that is lost has no effect; an answer that is lost belongs to a request that had its effect. */
  what: 'request' | 'answer'
  /** `swallow`: the frame is dropped. `hold`: it is forwarded when the fault ends. `cut`: the connection breaks. */
  fate: 'swallow' | 'hold' | 'cut'
  /** Maximum number of affected frames; unlimited if absent. */
  times?: number
  /** Selects frames; all if absent. */
  when?: () => boolean
}

export interface Running {
  /** Resolves when it has affected a frame. */
  met: Promise<void>
  /** Resolves when a connection with an affected frame is closed. */
  gone: Promise<void>
  /** Number of affected frames. */
  readonly count: number
  end(): void
}

export interface Request {
  api: number
  body: Buffer
}

export interface FaultProxy {
  /** `host:port`, for clients. */
  broker: string
  fault(fault: Fault): Running
  /** Every request so far, in order. */
  requests: Request[]
  /** Simulates a stopped broker: cuts connections and refuses new ones. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

export async function startFaultProxy(broker: string): Promise<FaultProxy> {
  const proxy = new Proxy(broker)
  await proxy.up()
  return proxy
}

class Proxy implements FaultProxy {
  readonly requests: Request[] = []
  readonly #target: { host: string; port: number }
  readonly #faults = new Set<ActiveFault>()
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0

  constructor(broker: string) {
    const [host, port] = broker.split(':')
    this.#target = { host: host!, port: Number(port) }
  }

  get broker(): string {
    return `${this.#target.host}:${this.#port}`
  }

  fault(fault: Fault): Running {
    const active = new ActiveFault(fault, () => this.#faults.delete(active))
    this.#faults.add(active)
    return active
  }

  async up(): Promise<void> {
    this.#server = createServer((client) => this.#serve(client)).listen(this.#port, this.#target.host)
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async down(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async close(): Promise<void> {
    for (const fault of this.#faults) fault.end()
    await this.down()
  }

  #serve(client: Socket): void {
    const broker = connect(this.#target)
    const cut = (): void => void [client.destroy(), broker.destroy()]
    for (const socket of [client, broker]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', cut)
      socket.on('close', () => void [this.#sockets.delete(socket), cut()])
    }
    const apis = new Map<number, number>()
    const requests = new Way('request', broker, cut, this.#faults)
    const answers = new Way('answer', client, cut, this.#faults)
    frames(client, (frame) => {
      const api = frame.readInt16BE(4)
      apis.set(frame.readInt32BE(8), api)
      this.requests.push({ api, body: frame })
      requests.take(api, frame)
    })
    frames(broker, (frame) => {
      const api = apis.get(frame.readInt32BE(4)) ?? -1
      apis.delete(frame.readInt32BE(4))
      answers.take(api, this.#readdressed(api, frame))
    })
  }

  /** Replaces the broker's address in metadata by the proxy's address. */
  #readdressed(api: number, frame: Buffer): Buffer {
    if (api !== API.metadata && api !== API.findCoordinator) return frame
    const { host, port } = this.#target
    const address = Buffer.concat([Buffer.from(host), int32(port)])
    for (let at = frame.indexOf(address); at >= 0; at = frame.indexOf(address, at + 1)) {
      frame.writeInt32BE(this.#port, at + host.length)
    }
    return frame
  }
}

class ActiveFault implements Running {
  readonly fault: Fault
  readonly #first = Promise.withResolvers<void>()
  readonly #gone = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #remove: () => void
  count = 0

  constructor(fault: Fault, remove: () => void) {
    this.fault = fault
    this.#remove = remove
  }

  get met(): Promise<void> {
    return this.#first.promise
  }

  get gone(): Promise<void> {
    return this.#gone.promise
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  meets(what: Fault['what'], api: number, on: Socket): boolean {
    const { fault } = this
    const fits = fault.what === what && (fault.api === undefined || API[fault.api] === api)
    if (!fits || this.count >= (fault.times ?? Infinity) || fault.when?.() === false) return false
    this.count += 1
    this.#first.resolve()
    on.once('close', () => this.#gone.resolve())
    return true
  }

  end(): void {
    this.#remove()
    this.#ended.resolve()
  }
}

/** One direction of a connection. A held frame delays the frames behind it. */
class Way {
  readonly #what: Fault['what']
  readonly #to: Socket
  readonly #cut: () => void
  readonly #faults: ReadonlySet<ActiveFault>
  #turn: Promise<void> | undefined

  constructor(what: Fault['what'], to: Socket, cut: () => void, faults: ReadonlySet<ActiveFault>) {
    this.#what = what
    this.#to = to
    this.#cut = cut
    this.#faults = faults
  }

  take(api: number, frame: Buffer): void {
    const met = [...this.#faults].find((fault) => fault.meets(this.#what, api, this.#to))
    if (met?.fault.fate === 'swallow') return
    if (met?.fault.fate === 'cut') return this.#cut()
    if (met) this.#turn = (this.#turn ?? Promise.resolve()).then(() => met.ended)
    if (this.#turn) this.#turn = this.#turn.then(() => void this.#to.write(frame))
    else this.#to.write(frame)
  }
}

function frames(from: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  from.on('data', (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      take(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  })
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

/** The number of partitions in a produce request of kafkajs. */
export function partitionsIn({ body }: Request): number {
  let at = 12
  const skipText = (): void => void (at += 2 + Math.max(0, body.readInt16BE(at)))
  skipText()
  skipText()
  at += 2 + 4
  const topics = body.readInt32BE(at)
  at += 4
  if (topics !== 1) return topics
  skipText()
  return body.readInt32BE(at)
}
