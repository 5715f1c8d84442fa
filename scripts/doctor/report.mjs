/** A finding: what was looked at, how it is (`ok`, `warning`, `wrong`), what was found, and what mends it. */
export const ok = (what, says) => ({ what, state: 'ok', says })
export const warning = (what, says, mend) => ({ what, state: 'warning', says, mend })
export const wrong = (what, says, mend) => ({ what, state: 'wrong', says, mend })

const COLORS = { ok: 32, warning: 33, wrong: 31 }

/** One line each: for people aligned, in colour if they like, for programs as JSON. */
export const linesOf = (findings, { isTerminal, hasColor }) => {
  if (!isTerminal) return findings.map((finding) => JSON.stringify(finding))
  const width = Math.max(...findings.map(({ what }) => what.length))
  const painted = (state) => (hasColor ? `\u001B[${COLORS[state]}m${state.padEnd(7)}\u001B[0m` : state.padEnd(7))
  const lines = findings.map((finding) => {
    const { what, state, says, mend } = finding
    return `${painted(state)}  ${what.padEnd(width)}  ${says}${mend ? `: ${mend}` : ''}`
  })
  return [...lines, '', verdictOn(findings)]
}

const verdictOn = (findings) => {
  const count = findings.filter(({ state }) => state === 'wrong').length
  if (count === 0) return 'Nothing is wrong.'
  return count === 1 ? 'One thing is wrong.' : `${count} things are wrong.`
}
