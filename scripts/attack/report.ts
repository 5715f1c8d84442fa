import { paintFor } from '../terminal/terminal.ts'
import type { Cost } from './measure.ts'

/** The aim: with an attack, the well-behaved client's p99 is at most so many times that without it. */
const MAX_RATIO = 3

/** Every process lived, and every request of the well-behaved client succeeded. */
export const isHarmless = ({ ended, failures, requests }: Cost): boolean =>
  ended.length === 0 && failures.length === 0 && requests > 0

export const heading = (memoryMiB: number, { isLimited }: Pick<Cost, 'isLimited'>): string =>
  `${isLimited ? `Each process may use ${memoryMiB} MiB.` : 'The memory of the processes is not limited: that needs Linux and root.'} ` +
  'A well-behaved client books and reads back; p99 in quiet and beside the attack:'

/** One line for a terminal. */
export function describeCost(cost: Cost, stream: NodeJS.WriteStream): string {
  const paint = paintFor(stream)
  const { attack, quietP99Ms, p99Ms, requests, failures, ended } = cost
  const ratio = p99Ms / quietP99Ms
  const style = !isHarmless(cost) ? 'red' : ratio > MAX_RATIO ? 'yellow' : 'green'
  const change = Number.isNaN(ratio) ? '' : ` (${ratio.toFixed(1)}x)`
  const figures = `${shown(quietP99Ms)} → ${shown(p99Ms)}${change}`
  const died = ended.length > 0 ? `, ended: ${ended.join(', ')}` : ''
  const failed = failures.length > 0 ? `, first failure: ${failures[0]}` : ''
  return `${paint(style, attack.padEnd(10))} ${figures}, ${failures.length} of ${requests} failed${died}${failed}`
}

const shown = (ms: number): string => (Number.isNaN(ms) ? 'no answer' : `${ms.toFixed(0)} ms`)
