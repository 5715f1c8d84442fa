import type { Context } from 'hono'
import { z } from 'zod'
import { Health } from '#platform/health.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { isProblemCode, PROBLEM_CODES } from '../problem-types.ts'
import type { EdgeEnv } from '../deps.ts'
import type { OpenApi } from '../reference/document.ts'
import { PAGE_HEADERS, wantsPage } from '#platform/page/page.ts'
import { problemEntry, problemListPage, problemPage, unknownProblemPage } from '../reference/problems-page.ts'
import { PROBLEM } from '../reference/responses.ts'
import { constantResponse } from '#platform/constant.ts'
import { VIEWER_SCRIPT, viewerPage, viewerScript } from '#platform/viewer/viewer.ts'
import { health } from './health.ts'
import { route, type Route, type RouteGroup } from './route.ts'

export const ProblemPage = z.strictObject({
  ...PROBLEM,
  meaning: z.string().describe('What the problem means and when it occurs.'),
})
export const ProblemList = z.strictObject({ data: z.array(ProblemPage) })

const EITHER = 'HTML if the client accepts `text/html`, otherwise JSON.'
const example = problemEntry('dates_unavailable')

const open = { method: 'GET', access: 'public', flow: 'local' } as const

const TITLE = 'Reservoir API reference'

const page = viewerPage({ title: TITLE })
const script = viewerScript()

const JSON_TYPE = { 'Content-Type': 'application/json' }
const HTML_TYPE = { 'Content-Type': 'text/html; charset=UTF-8', ...PAGE_HEADERS }

/** One response as a page and one as JSON, by what the client accepts; each is made once. */
function eitherResponse(page: () => { toString(): string } | Promise<unknown>, json: () => object) {
  const vary = { Vary: 'Accept' }
  const asPage = constantResponse(async () => new TextEncoder().encode(String(await page())), { ...HTML_TYPE, ...vary })
  const asJson = constantResponse(() => JSON.stringify(json()), { ...JSON_TYPE, ...vary })
  return (c: Context<EdgeEnv>): Promise<Response> => (wantsPage(c) ? asPage : asJson)(c.req.raw)
}

/** What the routes of this group show: every group, this one included. */
interface Described {
  openApi: () => OpenApi
  groups: () => readonly RouteGroup[]
}

export const meta = (described: Described): RouteGroup => ({
  name: 'Meta',
  description: 'Health, this reference and the problem pages. No token is needed.',
  schemas: { Health, ProblemPage, ProblemList },
  routes: [...health, ...pages(described)],
})

function pages({ openApi, groups }: Described): readonly Route[] {
  const description = constantResponse(() => JSON.stringify(openApi()), JSON_TYPE)
  const problemList = eitherResponse(problemListPage, () => ({ data: PROBLEM_CODES.map(problemEntry) }))
  const problems = new Map(
    PROBLEM_CODES.map((code) => [
      code,
      eitherResponse(
        () => problemPage(code, groups()),
        () => problemEntry(code),
      ),
    ]),
  )
  return [
    route({
      ...open,
      path: '/',
      operationId: 'home',
      summary: 'Redirect to the reference',
      responses: { 302: { description: 'The address of the reference.', headers: ['Location'] } },
      handle: (c) => c.redirect('/docs'),
    }),
    route({
      ...open,
      path: '/openapi.json',
      operationId: 'openapi',
      summary: 'Read this description as OpenAPI',
      responses: { 200: { description: 'An OpenAPI 3.1 document.', media: ['application/json'] } },
      handle: (c) => description(c.req.raw),
    }),
    route({
      ...open,
      path: '/docs',
      operationId: 'docs',
      summary: 'Read this description as a page',
      responses: { 200: { description: 'The reference. It needs no other server.', media: ['text/html'] } },
      async handle(c, { demoTokens }) {
        const tokens = await demoTokens?.()
        if (tokens === undefined) return page(c.req.raw)
        const secrets = Object.fromEntries(Object.entries(tokens).map(([role, token]) => [role, { token }]))
        return viewerPage({ title: TITLE, secrets })(c.req.raw)
      },
    }),
    route({
      ...open,
      path: VIEWER_SCRIPT,
      operationId: 'docsViewer',
      summary: 'Read the script of the reference page',
      responses: { 200: { description: 'A script for browsers.', media: ['text/javascript'] } },
      handle: (c) => script(c.req.raw),
    }),
    route({
      ...open,
      path: '/problems',
      operationId: 'listProblems',
      summary: 'List every problem',
      responses: {
        200: { description: EITHER, schema: ProblemList, example: { data: [example] }, media: ['text/html'] },
      },
      handle: problemList,
    }),
    route({
      ...open,
      path: '/problems/:code',
      operationId: 'readProblem',
      summary: 'Read what a problem means and how to resolve it',
      parameters: ['code'],
      responses: { 200: { description: EITHER, schema: ProblemPage, example, media: ['text/html'] } },
      problems: ['not_found'],
      handle(c) {
        const code = c.req.param('code') ?? ''
        if (!isProblemCode(code) && wantsPage(c))
          return c.html(unknownProblemPage(), 404, { ...PAGE_HEADERS, Vary: 'Accept' })
        if (!isProblemCode(code)) throw new ProblemError(PROBLEMS.not_found, { detail: 'No problem has this code.' })
        return problems.get(code)!(c)
      },
    }),
  ]
}
