import { paintFor } from '../terminal/terminal.ts'
import type { Cost } from './measure.ts'

/** The aim: with an attack, the well-behaved client's p99 is at most so many times that without it. */
export const MAX_RATIO = 3

/** Every process lived, and every request of the well-behaved client succeeded. */
export const isHarmless = ({ ended, failures, requests }: Cost): boolean =>
  ended.length === 0 && failures.length === 0 && requests > 0

export const ratioOf = ({ p99Ms, quietP99Ms }: Cost): number => p99Ms / quietP99Ms

export const heads = (memoryMiB: number): string[] => [
  `Each process may use ${memoryMiB} MiB. A well-behaved client books and reads back; p99 in quiet and beside the attack:`,
]

/** One line for a terminal. */
export function describeCost(cost: Cost, stream: NodeJS.WriteStream): string {
  const paint = paintFor(stream)
  const { attack, quietP99Ms, p99Ms, requests, failures, ended } = cost
  const ratio = ratioOf(cost)
  const style = !isHarmless(cost) ? 'red' : ratio > MAX_RATIO ? 'yellow' : 'green'
  const figures = `${quietP99Ms.toFixed(0)} ms → ${p99Ms.toFixed(0)} ms (${ratio.toFixed(1)}x)`
  const died = ended.length > 0 ? `, ended: ${ended.join(', ')}` : ''
  const failed = failures.length > 0 ? `, first failure: ${failures[0]}` : ''
  return `${paint(style, attack.padEnd(10))} ${figures}, ${failures.length} of ${requests} failed${died}${failed}`
}
