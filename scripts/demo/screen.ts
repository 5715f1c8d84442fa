import { type Board, boardLines, emptyBoard, note, summaryLines, summaryOf } from './board.ts'
import type { Happened } from './traffic.ts'
import { cut, paintFor } from '../terminal/terminal.ts'

export interface Screen {
  report: (happened: Happened) => void
  /** Shows the summary; true if no nights were booked twice. */
  close: () => boolean
}

const REDRAW_MS = 250
/** Title, counts and gaps, above the latest. */
const LINES_ABOVE = 16
const MOST_LATEST = 14

export const openScreen = (title: (seconds: number) => string): Screen =>
  process.stdout.isTTY ? openTable(title) : openLines()

/** On a terminal: a table that is redrawn in place. */
function openTable(title: (seconds: number) => string): Screen {
  const board = emptyBoard()
  const paint = paintFor(process.stdout)
  const redraw = drawing()
  const start = performance.now()
  const draw = () => {
    const latest = Math.max(0, Math.min(MOST_LATEST, height() - LINES_ABOVE))
    redraw(boardLines(board, title(Math.floor((performance.now() - start) / 1_000)), latest, paint))
  }
  const timer = setInterval(draw, REDRAW_MS)
  return {
    report: (happened) => note(board, happened),
    close() {
      clearInterval(timer)
      redraw(summaryLines(board, paint))
      return isWell(board)
    },
  }
}

/** Elsewhere: a line of JSON for each request. */
function openLines(): Screen {
  const board = emptyBoard()
  return {
    report(happened) {
      note(board, happened)
      console.log(JSON.stringify(happened))
    },
    close() {
      console.log(JSON.stringify({ summary: summaryOf(board) }))
      return isWell(board)
    },
  }
}

const isWell = (board: Board): boolean => summaryOf(board).bookedTwice === 0

/** Some terminals do not report their size. */
const height = (): number => process.stdout.rows || 24
const width = (): number => process.stdout.columns || 80

const ESC = '\u001B['
const NO_WRAP = `${ESC}?7l`
const WRAP = `${ESC}?7h`

/** Cuts lines that are too long or too many, because the next drawing would begin at another place. */
function drawing(): (lines: readonly string[]) => void {
  let drawn = 0
  return (all) => {
    const lines = all.slice(0, height() - 1).map((line) => cut(line, width()))
    const up = drawn > 0 ? `${ESC}${drawn}A${ESC}0J` : ''
    process.stdout.write(`${NO_WRAP}${up}${lines.join('\n')}\n${WRAP}`)
    drawn = lines.length
  }
}
