import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { EdgeEnv } from '../deps.ts'
import { docsPage } from '../reference/docs.ts'
import { openApi } from '../reference/openapi.ts'
import { problemEntry, problemListPage, problemPage } from '../reference/problems-page.ts'
import { isProblemCode, PROBLEM_CODES } from '../problem-types.ts'

/** The pages bring their own style, and nothing else may be loaded or run. */
const PAGE = { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" }

/** About this service, for people and programs. All of it is made here, of what the edge knows anyway. */
export function metaRoutes(): Hono<EdgeEnv> {
  return new Hono<EdgeEnv>()
    .get('/', (c) => c.redirect('/docs'))
    .get('/openapi.json', (c) => c.json(openApi()))
    .get('/docs', (c) => c.html(docsPage(openApi(), new URL(c.req.url).origin), 200, PAGE))
    .get('/problems', (c) => {
      c.header('Vary', 'Accept')
      return wantsPage(c) ? c.html(problemListPage(), 200, PAGE) : c.json({ data: PROBLEM_CODES.map(problemEntry) })
    })
    .get('/problems/:code', (c) => {
      const code = c.req.param('code')
      if (!isProblemCode(code)) throw new ProblemError(PROBLEMS.not_found, { detail: 'No problem has this code.' })
      c.header('Vary', 'Accept')
      return wantsPage(c) ? c.html(problemPage(code), 200, PAGE) : c.json(problemEntry(code))
    })
}

const wantsPage = (c: Context): boolean =>
  accepts(c, { header: 'Accept', supports: ['application/json', 'text/html'], default: 'application/json' }) ===
  'text/html'
