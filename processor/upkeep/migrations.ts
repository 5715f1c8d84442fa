import type { Doc, Store } from '#store/store.ts'

/** A page of documents in memory at once; a listing's document may be large. */
const PAGE = 50

/** As the first version stored it: recorded events by their `seq`, and no note of the archive. */
interface Version1 extends Doc {
  rev: number
  recorded: Record<string, { seq: number }> | { seq: number }[]
  hasArchived?: boolean
}

/** Rewrites the documents of listings. Compare-and-set, so that of several processes that migrate at once none undoes another. */
export async function toVersion2(store: Store): Promise<void> {
  let cursor: string | undefined
  do {
    const page = await store.scan<Version1>('listing_documents', {
      where: {},
      order: { by: '_id' },
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    })
    for (const { _id: id, rev, recorded, hasArchived = true } of page.docs) {
      const events = Object.values(recorded).sort((a, b) => a.seq - b.seq)
      const change = [[['recorded'], events] as const, [['hasArchived'], hasArchived] as const]
      await store.patch('listing_documents', id, { set: change }, { path: ['rev'], is: rev })
    }
    cursor = page.next
  } while (cursor !== undefined)
}
