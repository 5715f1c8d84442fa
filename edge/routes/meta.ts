import { z } from 'zod'
import { Health } from '#platform/health.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { isProblemCode, PROBLEM_CODES } from '../problem-types.ts'
import type { OpenApi } from '../reference/document.ts'
import { PAGE_HEADERS, wantsPage } from '../reference/page.ts'
import { problemEntry, problemListPage, problemPage, unknownProblemPage } from '../reference/problems-page.ts'
import { PROBLEM } from '../reference/responses.ts'
import { constantResponse } from '#platform/constant.ts'
import { VIEWER_SCRIPT, viewerPage, viewerPolicy, viewerScript } from '#platform/viewer/viewer.ts'
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

const script = constantResponse(viewerScript, {
  'Content-Type': 'text/javascript',
  'Cache-Control': 'public, max-age=86400',
})

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

const pages = ({ openApi, groups }: Described): readonly Route[] => [
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
    handle: (c) => c.json(openApi()),
  }),
  route({
    ...open,
    path: '/docs',
    operationId: 'docs',
    summary: 'Read this description as a page',
    responses: { 200: { description: 'The reference. It needs no other server.', media: ['text/html'] } },
    async handle(c, { demoTokens }) {
      const nonce = crypto.randomUUID()
      const headers = { 'Content-Security-Policy': viewerPolicy(nonce), 'Cache-Control': 'no-store' }
      return c.html(viewerPage(nonce, { title: 'Reservoir API reference', tokens: await demoTokens?.() }), 200, headers)
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
    handle(c) {
      c.header('Vary', 'Accept')
      return wantsPage(c)
        ? c.html(problemListPage(), 200, PAGE_HEADERS)
        : c.json({ data: PROBLEM_CODES.map(problemEntry) })
    },
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
      c.header('Vary', 'Accept')
      if (!isProblemCode(code)) {
        if (wantsPage(c)) return c.html(unknownProblemPage(), 404, PAGE_HEADERS)
        throw new ProblemError(PROBLEMS.not_found, { detail: 'No problem has this code.' })
      }
      return wantsPage(c) ? c.html(problemPage(code, groups()), 200, PAGE_HEADERS) : c.json(problemEntry(code))
    },
  }),
]
