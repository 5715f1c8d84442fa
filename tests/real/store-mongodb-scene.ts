/** A MongoDB for tests, and databases of their own on it: others use it too. */
import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { afterAll, describe } from 'vitest'
import { describeReal } from './stack.ts'

export interface Scene {
  uri: string
  /** Past the store: to look at what it has made. */
  raw: MongoClient
  /** A name; the database is dropped in the end. */
  newDatabase: () => string
}

/** On the stack's server, or on the one that `MONGODB_URI` in the environment names. */
export function describeMongodb(name: string, body: (scene: Scene) => void): void {
  const given = process.env['MONGODB_URI']
  const onServer = (uri: string): void => {
    const raw = new MongoClient(uri)
    const databases: string[] = []
    afterAll(async () => {
      await Promise.all(databases.map((name) => raw.db(name).dropDatabase()))
      await raw.close()
    })
    const newDatabase = (): string => {
      const name = `reservoir-${randomUUID()}`
      databases.push(name)
      return name
    }
    body({ uri, raw, newDatabase })
  }
  if (given) describe(name, () => onServer(given))
  else describeReal(name, ({ mongodbUri }) => onServer(mongodbUri))
}
