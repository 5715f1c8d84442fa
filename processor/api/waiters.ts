import { assertPresent } from '#platform/client-gone.ts'
import type { BookingView, ListingView, StoredReceipt } from '../sinks/views.ts'

/** What a caller can wait for, by kind. Ids are unique within a kind only: a listing may have the id of a command. */
export interface Awaited {
  receipt: StoredReceipt
  booking: BookingView
  listing: ListingView
}

export type AwaitedKind = keyof Awaited

/** The requests of this process that wait for a document which a sink will write. */
export interface Waiters {
  /** @param document what the sink wrote, where it has it at hand; the waiting request then does not read it again */
  wake: <K extends AwaitedKind>(kind: K, id: string, document?: Awaited[K]) => void
  /**
   * Reads until the document exists, for at most `waitMs`. A sink of this process wakes the request at once; a document that
   * another process writes is found by reading again at an interval. An error of `read` ends the wait.
   * @throws ClientGone when the signal of the request aborts
   */
  until: <K extends AwaitedKind>(
    kind: K,
    id: string,
    waitMs: number,
    read: () => Promise<Awaited[K] | undefined>,
    client?: AbortSignal,
  ) => Promise<Awaited[K] | undefined>
}

const READ_AGAIN_MS = 100

/** Of a wait for no request. */
const NEVER = new AbortController().signal

type Resume = (document?: Awaited[AwaitedKind]) => void

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<Resume>>()
  const keyOf = (kind: AwaitedKind, id: string): string => `${kind} ${id}`

  /** Begun before a read, so that a write between the read and the wait is not missed. */
  function nextWake(key: string, limitMs: number, client: AbortSignal): Promise<Awaited[AwaitedKind] | undefined> {
    return new Promise((resolve) => {
      const resume: Resume = (document) => {
        clearTimeout(timer)
        client.removeEventListener('abort', leave)
        const others = waiting.get(key)
        others?.delete(resume)
        if (others?.size === 0) waiting.delete(key)
        resolve(document)
      }
      const leave = (): void => resume()
      const timer = setTimeout(leave, limitMs)
      client.addEventListener('abort', leave)
      waiting.set(key, (waiting.get(key) ?? new Set()).add(resume))
    })
  }

  return {
    wake(kind, id, document) {
      for (const resume of waiting.get(keyOf(kind, id)) ?? []) resume(document)
    },
    async until<K extends AwaitedKind>(
      kind: K,
      id: string,
      waitMs: number,
      read: () => Promise<Awaited[K] | undefined>,
      client: AbortSignal = NEVER,
    ) {
      const deadline = performance.now() + waitMs
      for (;;) {
        assertPresent(client)
        const leftMs = deadline - performance.now()
        const woken = leftMs > 0 ? nextWake(keyOf(kind, id), Math.min(leftMs, READ_AGAIN_MS), client) : undefined
        const document = await read()
        if (document !== undefined || !woken) return document
        const written = await woken
        if (written !== undefined) return written as Awaited[K]
      }
    },
  }
}
