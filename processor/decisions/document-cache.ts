import type { ListingDocument } from './listing-document.ts'

/**
 * Documents as the store had them last. Whoever takes one owns it, and gives it back only after the store has acknowledged
 * what was made of it: so nothing that is in doubt is ever kept. A stale copy costs a lost compare-and-set, nothing more.
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
