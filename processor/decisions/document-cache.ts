import type { ListingDocument } from './listing-document.ts'

/**
 * Caches documents as the store last acknowledged them. A caller takes a document out, and gives it back only after the store has
 * acknowledged the change, so an uncertain document is never cached. A stale copy only loses a compare-and-set.
 */
export class DocumentCache {
  readonly #documents = new Map<string, ListingDocument>()
  readonly #limit: number

  constructor(limit = 10_000) {
    this.#limit = limit
  }

  take(partition: number, listingId: string): ListingDocument | undefined {
    const key = `${partition}/${listingId}`
    const document = this.#documents.get(key)
    this.#documents.delete(key)
    return document
  }

  give(partition: number, listingId: string, document: ListingDocument): void {
    this.#documents.set(`${partition}/${listingId}`, document)
    if (this.#documents.size <= this.#limit) return
    for (const oldest of this.#documents.keys()) {
      this.#documents.delete(oldest)
      return
    }
  }

  clear(): void {
    this.#documents.clear()
  }
}
