import type { MongoClient } from 'mongodb'

/** A command that the server has answered, or whose outcome is unknown. */
export interface Answered {
  /** MongoDB's name: `find`, `insert`, `update`. */
  name: string
  collection: string
  /** The number of documents in the command, 1 if it does not say. */
  documents: number
  ms: number
}

export type OnCommand = (answered: Answered) => void

/** Calls `onCommand` for each finished command. The client must have the option `monitorCommands`. */
export const watchCommands = (client: MongoClient, onCommand: OnCommand): void => {
  const running = new Map<number, Omit<Answered, 'ms'> & { startMs: number }>()
  client.on('commandStarted', ({ requestId, commandName: name, command }) => {
    const { updates, documents } = command as { updates?: object[]; documents?: object[] }
    const collection = String((command as Record<string, unknown>)[name])
    const count = (updates ?? documents)?.length ?? 1
    running.set(requestId, { name, collection, documents: count, startMs: performance.now() })
  })
  const end = ({ requestId }: { requestId: number }): void => {
    const started = running.get(requestId)
    running.delete(requestId)
    if (!started) return
    const { startMs, ...what } = started
    onCommand({ ...what, ms: performance.now() - startMs })
  }
  client.on('commandSucceeded', end)
  client.on('commandFailed', end)
}
