import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { DEFAULTS } from '#platform/defaults.mjs'
import { page, PAGE_HEADERS, wantsPage } from '#platform/page/page.ts'
import { noQuery } from '../query-parameters.ts'

const ABOUT = 'This is the API of a Reservoir processor. Only the edge calls it, inside the cluster.'
const CLIENTS = 'Clients call the edge, whose reference is its page /docs, by default at'
const REFERENCE = `http://localhost:${DEFAULTS.EDGE_PORT}/docs`

const description = () =>
  page(
    'Reservoir processor',
    html`<main>
      <h1>Reservoir processor</h1>
      <p>${ABOUT}</p>
      <p>${CLIENTS} <a href="${REFERENCE}">${REFERENCE}</a>.</p>
    </main>`,
  )

/** For people who open the port in a browser: where the reference is. Programs get it as JSON. */
export const rootRoutes = (): Hono =>
  new Hono().get('/', noQuery, (c) => {
    c.header('vary', 'accept')
    if (wantsPage(c)) return c.html(description(), 200, PAGE_HEADERS)
    return c.json({ service: 'processor', about: `${ABOUT} ${CLIENTS} ${REFERENCE}.` })
  })

/** The same page at every other address that a person opens. */
export const pageForBrowsers = (c: Context): Response | Promise<Response> | undefined =>
  wantsPage(c) ? c.html(description(), 404, PAGE_HEADERS) : undefined
