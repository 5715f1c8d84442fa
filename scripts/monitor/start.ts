import { Sentence } from '../terminal/terminal.ts'

/** Where a topic is read from: as the proxy's `/offsets/:at` has it, or one offset of every partition. */
export type Start = { at: 'earliest' | 'latest' | number } | { offset: number }

/** What `--from` says: nothing, `beginning`, an offset, or a time. */
export function beginningIn(from: string | undefined): Start {
  if (from === undefined) return { at: 'latest' }
  if (from === 'beginning') return { at: 'earliest' }
  if (/^\d+$/.test(from)) return { offset: Number(from) }
  // Date.parse alone takes almost everything for a time: "-1" is a day in 2001.
  const time = /^\d{4}-\d\d(-\d\d|$)/.test(from) ? Date.parse(from) : NaN
  if (!Number.isNaN(time)) return { at: time }
  throw new Sentence(`--from must be beginning, an offset, or a time such as 2030-12-01T10:00Z, not ${from}.`, 2)
}
