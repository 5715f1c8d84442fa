import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Budget, type Refused } from '../budget.ts'

/** The open connections of a server. */
export class Connections {
  readonly #open = new Map<Socket, Progress>()
  readonly #sweep: NodeJS.Timeout

  /**
   * @param sendMs how long a client may leave a response unread
   * @param refuse ends a connection above the limits
   */
  constructor(
    server: Server,
    { total, share, sendMs }: { total: number; share: number; sendMs: number },
    refuse: (socket: Socket, refused: Refused['refused']) => void,
  ) {
    const budget = new Budget({ total, share })
    server.on('connection', (socket: Socket) => {
      const taken = budget.take(socket.remoteAddress ?? '')
      if ('refused' in taken) return refuse(socket, taken.refused)
      this.#open.set(socket, { sentBytes: 0, since: performance.now() })
      socket.once('close', () => {
        this.#open.delete(socket)
        taken.release()
      })
    })
    this.#sweep = setInterval(() => this.#closeUnread(sendMs), sendMs / 4).unref()
  }

  stop(): void {
    clearInterval(this.#sweep)
  }

  /** Closes the connections that have had something to send for too long, while the client took none of it. */
  #closeUnread(sendMs: number): void {
    const now = performance.now()
    for (const [socket, progress] of this.#open) {
      const sentBytes = socket.bytesWritten - socket.writableLength
      if (socket.writableLength === 0 || sentBytes !== progress.sentBytes) {
        progress.sentBytes = sentBytes
        progress.since = now
      } else if (now - progress.since >= sendMs) socket.destroy()
    }
  }
}

/** What a client has taken so far, and since when it has taken nothing more. */
interface Progress {
  sentBytes: number
  since: number
}
