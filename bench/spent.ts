import type { Answered, OnCommand } from '#store/mongodb-commands.ts'
import type { Row } from './measure.ts'
import { Watch } from './watch.ts'

/** What is less than this share of the time is not told. */
const LEAST = 0.02

interface Kind {
  commands: number
  documents: number
  ms: number
}

/** Where the time of many requests goes: what the store and the log were asked, how often, and how long they took. */
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

  /** The ratio of each is its share of the time; above 1 where several were under way at once. */
  rows(requests: number, seconds: number): Row[] {
    const { user, system } = process.cpuUsage(this.#cpu)
    const cpu = { what: '  of which this process computes', figure: '', ms: (user + system) / 1000 }
    const commands = this.#commands.map(({ name, collection, documents, ms }) => {
      return { what: `${name} ${collection}, by the store`, documents, ms }
    })
    const calls = this.watch.calls
      .filter(({ what, endMs }) => what.startsWith('send ') && !Number.isNaN(endMs))
      .map(({ what, startMs, endMs }) => ({
        what: `${what.replace(/ .*-/, ' ')}, by the log`,
        documents: 1,
        ms: endMs - startMs,
      }))
    const told = [...kindsOf([...commands, ...calls])].map(([what, { commands: count, documents, ms }]) => {
      const per = (n: number): string => ((n * 1000) / requests).toFixed(0)
      return {
        what: `  of which ${what}`,
        figure: `${per(count)} × ${(ms / count).toFixed(1)} ms for ${per(documents)} documents of 1000 requests`,
        ms,
      }
    })
    return [cpu, ...told.toSorted((a, b) => b.ms - a.ms)]
      .map(({ what, figure, ms }) => ({ what, figure, baseline: '', ratio: ms / 1000 / seconds, aim: '' }))
      .filter(({ ratio }) => ratio >= LEAST)
  }
}

function kindsOf(calls: readonly { what: string; documents: number; ms: number }[]): Map<string, Kind> {
  const kinds = new Map<string, Kind>()
  for (const { what, documents, ms } of calls) {
    const kind = kinds.get(what) ?? { commands: 0, documents: 0, ms: 0 }
    kinds.set(what, { commands: kind.commands + 1, documents: kind.documents + documents, ms: kind.ms + ms })
  }
  return kinds
}
