import type { Answered, OnCommand } from '#store/mongodb/commands.ts'
import type { Row } from './measure.ts'
import { Watch } from './watch.ts'

/** The smallest share of the time that is shown. */
const LEAST = 0.02

interface Kind {
  commands: number
  documents: number
  ms: number
}

/** Records the number and the duration of the calls to the store and the log. */
export class Spent {
  readonly watch = new Watch()
  #commands: Answered[] = []
  #cpu = process.cpuUsage()

  readonly onCommand: OnCommand = (answered) => void this.#commands.push(answered)

  begin(): void {
    this.#commands = []
    this.watch.calls = []
    this.#cpu = process.cpuUsage()
  }

  /** The ratio of a row is its share of the time; it exceeds 1 if calls of this kind overlapped. */
  rows(requests: number, seconds: number): Row[] {
    const { user, system } = process.cpuUsage(this.#cpu)
    const kinds = [...kindsOf([...this.#ofStore(), ...this.#ofLog()])]
    const outside = kinds.map(([what, kind]) => ({ what, figure: figureOf(kind, requests), ms: kind.ms }))
    const computed = { what: 'computation in this process', figure: '', ms: (user + system) / 1000 }
    return [computed, ...outside.toSorted((a, b) => b.ms - a.ms)]
      .map(({ what, figure, ms }) => ({ what, figure, ratio: ms / 1000 / seconds }))
      .filter(({ ratio }) => ratio >= LEAST)
      .map(({ what, ...row }) => ({ what: `  of which ${what}`, ...row, baseline: '', aim: '' }))
  }

  #ofStore(): Timing[] {
    return this.#commands.map(({ name, collection, ...how }) => ({
      what: `${name} ${collection} in the store`,
      ...how,
    }))
  }

  #ofLog(): Timing[] {
    const sends = this.watch.calls.filter(({ what, endMs }) => what.startsWith('send ') && !Number.isNaN(endMs))
    return sends.map(({ what, startMs, endMs }) => ({
      what: `${withoutRun(what)} in the log`,
      documents: 1,
      ms: endMs - startMs,
    }))
  }
}

interface Timing {
  what: string
  documents: number
  ms: number
}

/** Removes the id of the run from the name of a topic: `send bench-1a2b3c4d-bookings`. */
const withoutRun = (what: string): string => what.replace(/ .*-/, ' ')

function figureOf({ commands, documents, ms }: Kind, requests: number): string {
  const per = (n: number): string => ((n * 1000) / requests).toFixed(0)
  return `${per(commands)} × ${(ms / commands).toFixed(1)} ms for ${per(documents)} documents of 1000 requests`
}

function kindsOf(calls: readonly Timing[]): Map<string, Kind> {
  const kinds = new Map<string, Kind>()
  for (const { what, documents, ms } of calls) {
    const kind = kinds.get(what) ?? { commands: 0, documents: 0, ms: 0 }
    kinds.set(what, { commands: kind.commands + 1, documents: kind.documents + documents, ms: kind.ms + ms })
  }
  return kinds
}
