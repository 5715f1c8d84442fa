const MAX_ENTRIES = 500
const MAX_BYTES = 1024 * 1024

/** The latest entries of one partition: all of those from `first` on, below `next`. Bounded in number and bytes. */
export class Window<T extends { offset: number }> {
  /** The lowest offset that the window covers. */
  first: number
  /** The offset behind the last entry. */
  next: number
  readonly #entries: { entry: T; bytes: number }[] = []
  #bytes = 0

  constructor(start: number) {
    this.first = start
    this.next = start
  }

  /** @param bytes the size of the message that the entry was made from */
  push(entry: T, bytes: number): void {
    this.#entries.push({ entry, bytes })
    this.#bytes += bytes
    this.next = entry.offset + 1
    while (this.#entries.length > MAX_ENTRIES || this.#bytes > MAX_BYTES) this.#drop()
  }

  /** The entries at or above an offset that the window covers, in order. */
  from(offset: number): T[] {
    const before = this.#entries.findLastIndex(({ entry }) => entry.offset < offset)
    return this.#entries.slice(before + 1).map(({ entry }) => entry)
  }

  #drop(): void {
    const { entry, bytes } = this.#entries.shift()!
    this.#bytes -= bytes
    this.first = entry.offset + 1
  }
}
