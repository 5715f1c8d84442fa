import type { MongoClient } from 'mongodb'

/** A command that the server has answered, or of which nobody knows. */
export interface Answered {
  /** As MongoDB calls it: `find`, `insert`, `update`. */
  name: string
  collection: string
  /** How many documents it was about, as far as it says so. */
  documents: number
  ms: number
}

export type OnCommand = (answered: Answered) => void

/** The client has to be made with `monitorCommands`. */
export const tellCommands = (client: MongoClient, told: OnCommand): void => {
  const underWay = new Map<number, Omit<Answered, 'ms'> & { startMs: number }>()
  client.on('commandStarted', ({ requestId, commandName: name, command }) => {
    const { updates, documents } = command as { updates?: object[]; documents?: object[] }
    const collection = String((command as Record<string, unknown>)[name])
    const count = (updates ?? documents)?.length ?? 1
    underWay.set(requestId, { name, collection, documents: count, startMs: performance.now() })
  })
  const end = ({ requestId }: { requestId: number }): void => {
    const started = underWay.get(requestId)
    underWay.delete(requestId)
    if (!started) return
    const { startMs, ...what } = started
    told({ ...what, ms: performance.now() - startMs })
  }
  client.on('commandSucceeded', end)
  client.on('commandFailed', end)
}
