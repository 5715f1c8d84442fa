/** A finding: what was checked, its state (`ok`, `warning`, `wrong`), what was found, and how to fix it. */
export const ok = (what, message) => ({ what, state: 'ok', message })
export const warning = (what, message, remedy) => ({ what, state: 'warning', message, remedy })
export const wrong = (what, message, remedy) => ({ what, state: 'wrong', message, remedy })

const COLORS = { ok: 32, warning: 33, wrong: 31 }

/** One line per finding: aligned on a terminal, JSON in a pipe. */
export const linesOf = (findings, { isTerminal, hasColor }) => {
  if (!isTerminal) return findings.map((finding) => JSON.stringify(finding))
  const width = Math.max(...findings.map(({ what }) => what.length))
  const painted = (state) => (hasColor ? `\u001B[${COLORS[state]}m${state.padEnd(7)}\u001B[0m` : state.padEnd(7))
  const lines = findings.map((finding) => {
    const { what, state, message, remedy } = finding
    return `${painted(state)}  ${what.padEnd(width)}  ${message}${remedy ? `: ${remedy}` : ''}`
  })
  return [...lines, '', verdictOn(findings)]
}

const verdictOn = (findings) => {
  const count = findings.filter(({ state }) => state === 'wrong').length
  if (count === 0) return 'No problems found.'
  return count === 1 ? '1 problem found.' : `${count} problems found.`
}
