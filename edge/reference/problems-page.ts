import { html } from 'hono/html'
import { PROBLEM_CODES, PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'
import { type Html, page } from './page.ts'

/** One problem type as JSON. */
export const problemEntry = (code: ProblemCode) => ({ type: `/problems/${code}`, ...PROBLEM_TYPES[code] })

export function problemPage(code: ProblemCode): Html {
  const { title, status, meaning, remedy } = problemEntry(code)
  const body = html`<main class="narrow">
    <p class="crumbs"><a href="/docs">Reference</a> / <a href="/problems">Problems</a></p>
    <h1>${title}</h1>
    <p><code class="status s${String(status)[0]}">${status}</code> <code>${code}</code></p>
    <h2>What it means</h2>
    <p>${meaning}</p>
    <h2>What to do about it</h2>
    <p>${remedy}</p>
  </main>`
  return page(`${title} · Reservoir`, body)
}

export function problemListPage(): Html {
  const body = html`<main class="narrow">
    <p class="crumbs"><a href="/docs">Reference</a> / Problems</p>
    <h1>Problems</h1>
    <p>Every error response is a problem document (RFC 9457). Its <code>code</code> is stable.</p>
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
