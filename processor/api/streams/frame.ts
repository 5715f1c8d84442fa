import type { Item } from './entry.ts'

/** One server-sent event. */
export interface Frame {
  event: string
  data: string
  id?: string
  /** Milliseconds after which the client reconnects. */
  retry?: number
}

const encoder = new TextEncoder()

/** @param frames their data is JSON, which has no line breaks */
export const encodeFrames = (frames: readonly Frame[]): Uint8Array => encoder.encode(frames.map(textOf).join(''))

const textOf = ({ event, data, id, retry }: Frame): string =>
  `event: ${event}\ndata: ${data}\n${id === undefined ? '' : `id: ${id}\n`}${retry === undefined ? '' : `retry: ${retry}\n`}\n`

/**
 * The items that one message is to one audience, as bytes. Only the last frame has the id, so a client that resumes gets all items
 * of a message or none.
 */
export const encodeItems = (items: readonly Item[], id: string): Uint8Array =>
  encodeFrames(
    items.map(({ event, content }, n) => {
      const frame = { event, data: JSON.stringify(content) }
      return n === items.length - 1 ? { ...frame, id } : frame
    }),
  )
