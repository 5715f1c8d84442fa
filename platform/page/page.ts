import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { html, raw } from 'hono/html'
import { STYLE } from './style.ts'

/** Result of `html`, which escapes every value except its own results. */
export type Html = ReturnType<typeof html>

/** A whole page that needs neither network nor script. */
export const page = (title: string, body: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`

/** Text whose \`code\` becomes code elements. */
export const prose = (text: string): Html[] =>
  text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))

/** The pages contain their style; nothing else may be loaded or run. */
export const PAGE_HEADERS = { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" }

/** Whether a browser asks, rather than a program. */
export const wantsPage = (c: Context): boolean =>
  accepts(c, { header: 'Accept', supports: ['application/json', 'text/html'], default: 'application/json' }) ===
  'text/html'
