import { html } from 'hono/html'
import { type Html, page } from '#platform/page/page.ts'

/** For a path or an object that does not exist: what there is instead, with links. */
export const missingPage = (title: string, text: Html): Html =>
  page(
    `${title} · Reservoir`,
    html`<main>
      <p class="crumbs"><a href="/docs">Reference</a> / <a href="/problems">Problems</a></p>
      <h1>${title}</h1>
      <p>${text}</p>
    </main>`,
  )
