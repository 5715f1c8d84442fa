/** What the commands share: colors on a terminal, columns, and sentences instead of stacks. */
import { stripVTControlCharacters, styleText } from 'node:util'
import type { Arguments, CommandName } from '../commands/read.mjs'
import { readArguments } from '../commands/read.mjs'
import { endRequested } from './end-with-parent.ts'

type Style = Parameters<typeof styleText>[0]

export type Paint = (style: Style, text: string) => string

/** Plain if the stream is not a terminal, or if `NO_COLOR` is set. */
export const paintFor =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream })

/** Aligns the cells of each column, with or without colors. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat(widths[i]! - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  )
}

const COLOR = /(\p{Cc}\[[\d;]*m)/u

/** The text in at most this many columns: a longer one is cut and ends with "…". Its colors are kept, and so is their end. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let room = Math.max(0, width - 1)
  const kept = text.split(COLOR).map((part, i) => {
    if (i % 2 === 1) return part
    const shown = part.slice(0, room)
    room -= shown.length
    return shown
  })
  return `${kept.join('')}…`
}

const widthOf = (text: string): number => stripVTControlCharacters(text).length

/** Foreign text with control and bidi characters escaped as in JSON: they could move the cursor or reverse the line. */
export const harmless = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** An error printed without a stack: its message says what is wrong and how to fix it. */
export class Sentence extends Error {
  override name = 'Sentence'
  readonly exitCode: number
  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** An npm command: reads its arguments by the table of commands, then runs it as `command` does. */
export const npmCommand = <Name extends CommandName>(
  name: Name,
  work: (given: Arguments<Name>, end: AbortSignal) => Promise<void>,
): Promise<never> => {
  const given = readArguments(name)
  return command((end) => work(given, end))
}

/**
 * Runs a command until it is done or a signal such as Ctrl-C ends it, and then exits. A closed pipe (`| head`) is an end like
 * any other; Node notices it at the next line.
 */
export async function command(work: (end: AbortSignal) => Promise<void>): Promise<never> {
  const end = new AbortController()
  void endRequested().then(() => end.abort())
  process.stdout.on('error', () => process.exit(0))
  try {
    await work(end.signal)
  } catch (error) {
    if (!end.signal.aborted) refuse(error)
  }
  process.exit(process.exitCode ?? 0)
}

function refuse(error: unknown): never {
  const isPlain = error instanceof Sentence || isAboutSettings(error)
  console.error(isPlain ? (error as Error).message : error)
  process.exit(error instanceof Sentence ? error.exitCode : 1)
}

const isAboutSettings = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Reservoir cannot start')
