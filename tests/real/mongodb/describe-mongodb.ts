/** A shared MongoDB for tests, with unique databases. */
import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { afterAll, describe } from 'vitest'
import { describeReal } from '../describe-real.ts'

export interface MongodbServer {
  uri: string
  /** A raw client to inspect the data. */
  raw: MongoClient
  /** A unique name; the database is dropped after the test. */
  newDatabase: () => string
}

/** Uses the server of `MONGODB_URI` if it is set, otherwise the stack's server. */
export function describeMongodb(name: string, body: (server: MongodbServer) => void): void {
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
