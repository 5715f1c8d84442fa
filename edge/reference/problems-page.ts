import { html } from 'hono/html'
import { PROBLEM_CODES, PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'
import { problemsOf, type RouteGroup } from '../routes/route.ts'
import { type Html, page, prose } from '#platform/page/page.ts'
import { missingPage } from './missing-page.ts'
import { problemExample } from './problem-examples.ts'

/** One problem type as JSON. */
export const problemEntry = (code: ProblemCode) => ({ type: `/problems/${code}`, ...PROBLEM_TYPES[code] })

/** @param groups every route of the edge */
export function problemPage(code: ProblemCode, groups: readonly RouteGroup[]): Html {
  const { title, status, meaning, remedy } = problemEntry(code)
  const body = html`<main>
    <p class="crumbs"><a href="/docs">Reference</a> / <a href="/problems">Problems</a></p>
    <h1>${title}</h1>
    <p><code class="status s${String(status)[0]}">${status}</code> <code>${code}</code></p>
    <h2>When it occurs</h2>
    <p>${prose(meaning)}</p>
    <h2>What to do</h2>
    <p>${prose(remedy)}</p>
    <h2>Example</h2>
    <pre>${JSON.stringify(problemExample(code), null, 2)}</pre>
    <h2>Routes that return it</h2>
    ${routesWith(code, groups)}
  </main>`
  return page(`${title} · Reservoir`, body)
}

const BEFORE_ROUTES = 'Every path; the HTTP server returns it before it selects a route.'

/** Where problems occur that no definition of a route names. */
const OUTSIDE_ROUTES: Readonly<Partial<Record<ProblemCode, string>>> = {
  method_not_allowed: 'Every path, for a method that it does not support.',
  invalid_http: BEFORE_ROUTES,
  request_timeout: BEFORE_ROUTES,
  headers_too_large: BEFORE_ROUTES,
}

function routesWith(code: ProblemCode, groups: readonly RouteGroup[]): Html {
  const routes = groups.flatMap(({ name, routes }) => routes.map((route) => ({ ...route, group: name })))
  const returning = routes.filter((route) => problemsOf(route).has(code))
  const guarded = routes.filter(({ access }) => access !== 'public')
  if (returning.length === 0) return html`<p>${OUTSIDE_ROUTES[code] ?? ''}</p>`
  if (returning.length === routes.length) return html`<p>Every route.</p>`
  if (returning.length === guarded.length && guarded.every((route) => returning.includes(route))) {
    return html`<p>Every route that needs a token.</p>`
  }
  return html`<dl class="rows">
    ${returning.map(
      ({ method, path, group, summary }) =>
        html`<dt>
            <a href="${viewerLink(method, path, group)}"><code>${method} ${path}</code></a>
          </dt>
          <dd>${summary}</dd>`,
    )}
  </dl>`
}

/** Where the viewer shows a route. */
const viewerLink = (method: string, path: string, group: string): string =>
  `/docs#tag/${group.toLowerCase()}/${method}${path.replaceAll(/:(\w+)/g, '{$1}')}`

/** For a code that no problem has. */
export const unknownProblemPage = (): Html =>
  missingPage(
    'Unknown problem',
    html`No problem has this code. <a href="/problems">The list of problems</a> has every code with its meaning.`,
  )

export function problemListPage(): Html {
  const body = html`<main>
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
