/** The input and the rows of a bench. */

export interface Servers {
  brokers: string
  mongodbUri: string
}

/** A system that a bench has started. */
export interface BenchSystem {
  /** The URL of the edge. */
  url: string
  close(): Promise<void>
}

export interface Row {
  what: string
  figure: string
  baseline: string
  ratio: number
  /** The intended ratio. */
  aim: string
}

export interface Size {
  /** How long each point of load lasts. */
  forMs: number
  /** How many bookings are decided. */
  requests: number
}
