import { MongoClient } from 'mongodb'

/** What one part of a bench has left behind is not to slow down the next. */
export async function dropDatabase(uri: string, name: string): Promise<void> {
  const mongo = new MongoClient(uri)
  try {
    await mongo.db(name).dropDatabase()
  } finally {
    await mongo.close()
  }
}
