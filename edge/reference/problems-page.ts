import { html } from 'hono/html'
import { type ProblemCode, PROBLEMS } from '#domain/problems.ts'
import { type Html, page } from './docs-page.ts'

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[]

/** What a program is told about a code. */
export function problemEntry(code: ProblemCode) {
  const [status, title, mend] = PROBLEMS[code]
  return { type: `/problems/${code}`, title, status, code, mend }
}

/** By the first digit of the status. */
const WHOSE: Readonly<Record<string, string>> = {
  '4': 'The request cannot be done as it was sent. Nothing was changed.',
  '5': 'The fault is on our side. Whether something was changed, repeating with the same Idempotency-Key settles.',
}

export function problemPage(code: ProblemCode): Html {
  const { title, status, mend } = problemEntry(code)
  const body = html`<main class="narrow">
    <p class="crumbs"><a href="/docs">Reference</a> / <a href="/problems">Problems</a></p>
    <h1>${title}</h1>
    <p><code class="status s${String(status)[0]}">${status}</code> <code>${code}</code></p>
    <h2>What it means</h2>
    <p>${WHOSE[String(status)[0]!]}</p>
    <h2>What to do about it</h2>
    <p>${mend}</p>
  </main>`
  return page(`${title} · Reservoir`, body)
}

export function problemListPage(): Html {
  const body = html`<main class="narrow">
    <p class="crumbs"><a href="/docs">Reference</a> / Problems</p>
    <h1>Problems</h1>
    <p>An answer that is no success is a problem document (RFC 9457). Its <code>code</code> is stable.</p>
    <dl class="rows">
      ${PROBLEM_CODES.map(problemEntry)
        .sort((a, b) => a.status - b.status)
        .map(
          ({ code, status, title, type }) =>
            html`<dt>
                <code class="status s${String(status)[0]}">${status}</code> <a href="${type}"><code>${code}</code></a>
              </dt>
              <dd>${title}</dd>`,
        )}
    </dl>
  </main>`
  return page('Problems · Reservoir', body)
}
