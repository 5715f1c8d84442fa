import { createClient, whyNotOpened } from './connect.ts'

/** The state of MongoDB, for diagnosis. */
export interface MongodbInspection {
  version: string
  /** The name of the replica set; absent for a single server. */
  replicaSet: string | undefined
  /** Whether it accepts writes. */
  writable: boolean
}

/** Rejects within the limit with a sentence that names the setting to check. */
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
