import { MAX_SCAN, type Store } from '#store/store.ts'
import type { ListingView } from '../sinks/views.ts'

/** All listings that an owner has ever published, withdrawn ones included. */
export async function listingsOf(store: Store, ownerId: string): Promise<ListingView[]> {
  const listings: ListingView[] = []
  for (const withdrawn of [false, true]) {
    let cursor: string | undefined
    do {
      const query = { where: { withdrawn, ownerId }, order: { by: 'name' }, limit: MAX_SCAN, cursor }
      const { docs, next } = await store.scan<ListingView>('listings', query)
      listings.push(...docs)
      cursor = next
    } while (cursor)
  }
  return listings
}

/** The names of listings by id, withdrawn ones included. A listing keeps its last name. */
export async function listingNames(store: Store, ids: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (let i = 0; i < ids.length; i += MAX_SCAN) {
    const found = await store.getMany<ListingView>('listings', ids.slice(i, i + MAX_SCAN))
    for (const { _id, name } of found) names.set(_id, name)
  }
  return names
}
