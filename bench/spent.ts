import type { Answered, OnCommand } from '#store/mongodb/commands.ts'
import type { Row } from './measure.ts'
import { Watch } from './watch.ts'

/** Smaller shares of the time are not shown. */
const LEAST = 0.02

interface Kind {
  commands: number
  documents: number
  ms: number
}

/** The time of many requests by call: calls to the store and the log, their number and duration. */
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

  /** The ratio of each is its share of the time; above 1 if several ran at once. */
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

  #ofStore(): Asked[] {
    return this.#commands.map(({ name, collection, ...how }) => ({
      what: `${name} ${collection}, by the store`,
      ...how,
    }))
  }

  #ofLog(): Asked[] {
    const sends = this.watch.calls.filter(({ what, endMs }) => what.startsWith('send ') && !Number.isNaN(endMs))
    return sends.map(({ what, startMs, endMs }) => ({
      what: `${withoutRun(what)}, by the log`,
      documents: 1,
      ms: endMs - startMs,
    }))
  }
}

interface Asked {
  what: string
  documents: number
  ms: number
}

/** Topics of a bench are named after its run: `send bench-1a2b3c4d-bookings`. */
const withoutRun = (what: string): string => what.replace(/ .*-/, ' ')

function figureOf({ commands, documents, ms }: Kind, requests: number): string {
  const per = (n: number): string => ((n * 1000) / requests).toFixed(0)
  return `${per(commands)} × ${(ms / commands).toFixed(1)} ms for ${per(documents)} documents of 1000 requests`
}

function kindsOf(calls: readonly Asked[]): Map<string, Kind> {
  const kinds = new Map<string, Kind>()
  for (const { what, documents, ms } of calls) {
    const kind = kinds.get(what) ?? { commands: 0, documents: 0, ms: 0 }
    kinds.set(what, { commands: kind.commands + 1, documents: kind.documents + documents, ms: kind.ms + ms })
  }
  return kinds
}
