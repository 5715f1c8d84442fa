/** What the documents tell in a request's message that its command does not know, if the edge could find it out. */
export interface Hint {
  ownerId: string
  /** Of the listing. */
  name: string
  /** Of the whole booking, in whole units, as the documents have it. */
  price: number
}
