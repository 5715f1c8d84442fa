import { boardLines, emptyBoard, note, summaryLines, summaryOf } from './demo-board.ts'
import type { Happened } from './demo-traffic.ts'
import { paintFor } from './terminal.ts'

export interface Screen {
  tell: (happened: Happened) => void
  /** Shows the summary; true if all is well. */
  close: () => boolean
}

const REDRAW_MS = 250
/** Title, counts and gaps, above the latest. */
const LINES_ABOVE = 16
const MOST_LATEST = 14

/** A table that is redrawn in place; for programs, a line of JSON for each thing that happens. */
export const openScreen = (title: (seconds: number) => string): Screen => {
  const board = emptyBoard()
  const isWell = () => summaryOf(board).bookedTwice === 0
  if (process.stdout.isTTY) {
    const { redraw, leave } = drawing()
    const paint = paintFor(process.stdout)
    const start = performance.now()
    const draw = () => {
      const count = Math.max(0, Math.min(MOST_LATEST, process.stdout.rows - LINES_ABOVE))
      redraw(boardLines(board, title(Math.round((performance.now() - start) / 1_000)), count, paint))
    }
    const timer = setInterval(draw, REDRAW_MS)
    const close = () => {
      clearInterval(timer)
      redraw(summaryLines(board, paint))
      leave()
      return isWell()
    }
    return { tell: (happened) => note(board, happened), close }
  }
  return {
    tell(happened) {
      note(board, happened)
      console.log(JSON.stringify(happened))
    },
    close() {
      console.log(JSON.stringify({ summary: summaryOf(board) }))
      return isWell()
    },
  }
}

const ESC = '\u001B['
const NO_WRAP = `${ESC}?7l`
const WRAP = `${ESC}?7h`

/** Lines that are too long end at the edge: were they wrapped, the next drawing would not begin where this one did. */
function drawing(): { redraw: (lines: readonly string[]) => void; leave: () => void } {
  let drawn = 0
  return {
    redraw(lines) {
      const up = drawn > 0 ? `${ESC}${drawn}A${ESC}0J` : ''
      process.stdout.write(`${NO_WRAP}${up}${lines.join('\n')}\n${WRAP}`)
      drawn = lines.length
    },
    leave: () => void process.stdout.write(WRAP),
  }
}
