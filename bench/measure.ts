/** The input and the rows of a bench. */

export interface Servers {
  brokers: string
  mongodbUri: string
}

/** Shows the progress of a bench. */
export type ReportProgress = (text: string) => void

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
