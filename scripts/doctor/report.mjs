/** A finding: what was checked, its state (`ok`, `warning`, `wrong`), what was found, and how to fix it. */
export const ok = (what, says) => ({ what, state: 'ok', says })
export const warning = (what, says, remedy) => ({ what, state: 'warning', says, remedy })
export const wrong = (what, says, remedy) => ({ what, state: 'wrong', says, remedy })

const COLORS = { ok: 32, warning: 33, wrong: 31 }

/** One line each: aligned on a terminal, with or without color; elsewhere as JSON. */
export const linesOf = (findings, { isTerminal, hasColor }) => {
  if (!isTerminal) return findings.map((finding) => JSON.stringify(finding))
  const width = Math.max(...findings.map(({ what }) => what.length))
  const painted = (state) => (hasColor ? `\u001B[${COLORS[state]}m${state.padEnd(7)}\u001B[0m` : state.padEnd(7))
  const lines = findings.map((finding) => {
    const { what, state, says, remedy } = finding
    return `${painted(state)}  ${what.padEnd(width)}  ${says}${remedy ? `: ${remedy}` : ''}`
  })
  return [...lines, '', verdictOn(findings)]
}

const verdictOn = (findings) => {
  const count = findings.filter(({ state }) => state === 'wrong').length
  if (count === 0) return 'Nothing is wrong.'
  return count === 1 ? 'One thing is wrong.' : `${count} things are wrong.`
}
