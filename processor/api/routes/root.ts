import { type Context, Hono } from 'hono'
import { DEFAULTS } from '#platform/defaults.mjs'
import { noQuery } from '../query-parameters.ts'

const WHAT = `This is the API of a Reservoir processor. Only the edge calls it, inside the cluster. Clients call the edge, whose reference is its page /docs (with npm start: http://localhost:${DEFAULTS.EDGE_PORT}/docs).`

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reservoir processor</title>
<p>${WHAT.replace(/http\S+docs/, '<a href="$&">$&</a>')}</p>
</html>
`

/** For people who open the port in a browser: one sentence. Programs get it as JSON. */
export const rootRoutes = (): Hono =>
  new Hono().get('/', noQuery, (c) => {
    c.header('vary', 'accept')
    return isBrowser(c) ? c.html(PAGE) : c.json({ service: 'processor', about: WHAT })
  })

/** The same sentence at every other address that a person opens. */
export const pageForBrowsers = (c: Context): Response | undefined =>
  isBrowser(c)
    ? new Response(PAGE, { status: 404, headers: { 'content-type': 'text/html; charset=UTF-8' } })
    : undefined

const isBrowser = (c: Context): boolean => c.req.header('accept')?.includes('text/html') ?? false
