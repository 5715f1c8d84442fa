import { createClient, whyNotOpened } from './connect.ts'

/** What there is, for people who look for what is wrong. */
export interface MongodbInspection {
  version: string
  /** Of the replica set; absent where there is none. */
  replicaSet: string | undefined
  /** Whether it takes writes. */
  writable: boolean
}

/** Rejects with a sentence that names the setting to look at, within the limit. */
export async function inspectMongodb(uri: string, limitMs: number): Promise<MongodbInspection> {
  const client = createClient(uri, limitMs)
  try {
    await client.connect()
    const admin = client.db('admin')
    const [{ version }, hello] = await Promise.all([admin.command({ buildInfo: 1 }), admin.command({ hello: 1 })])
    return {
      version: String(version),
      replicaSet: hello['setName'] as string | undefined,
      writable: hello['isWritablePrimary'] !== false,
    }
  } catch (error) {
    throw whyNotOpened(error, uri)
  } finally {
    await client.close()
  }
}
