import { html, raw } from 'hono/html'
import { constantResponse } from '../constant.ts'
import { acceptsGzip } from '../content-encoding.ts'
import { madeOnce } from '../made-once.ts'

/** What the viewer shows. */
export interface Reference {
  title: string
  /** By security scheme, filled in so that a reader can try every route; only for development. */
  secrets?: Readonly<Record<string, Secret>> | undefined
}

/** Of a `bearer` or a `basic` security scheme. */
type Secret = { token: string } | { username: string; password: string }

/** The path of the browser script, Scalar's API reference. */
export const VIEWER_SCRIPT = '/docs/viewer.js'

/** Responds with the page that shows `/openapi.json` of the same server. A page with secrets is not stored. */
export function viewerPage(reference: Reference): (request: Request) => Promise<Response> {
  const page = madeOnce(() => pageResponse(reference))
  return async (request) => (await page())(request)
}

async function pageResponse({ title, secrets }: Reference) {
  const script = `Scalar.createApiReference('#reference', ${inScript(configuration(secrets))})`
  return constantResponse(async () => String(await pageWith(title, script)), {
    'Content-Type': 'text/html; charset=UTF-8',
    'Content-Security-Policy': policyFor(await hashOf(script)),
    ...(secrets && { 'Cache-Control': 'no-store' }),
  })
}

const hashOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`
}

/**
 * Nothing is loaded from another server. The viewer writes its style into the page, so styles cannot be restricted further.
 * @param hash of the one script in the page itself
 */
const policyFor = (hash: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' '${hash}'`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const pageWith = (title: string, script: string) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
      </head>
      <body>
        <noscript
          >This page needs JavaScript. The same content is in <a href="/openapi.json">/openapi.json</a>.</noscript
        >
        <div id="reference"></div>
        <script src="${VIEWER_SCRIPT}"></script>
        ${raw(`<script>${script}</script>`)}
      </body>
    </html>`

/** Scalar would break the words of a narrow table; a table that is too wide scrolls instead. */
const CSS = `
.scalar-app .markdown table { display: block }
.scalar-app .markdown :is(td, th) { word-break: normal }
.scalar-app .markdown td:first-of-type code { white-space: nowrap }
`

/** Scalar's settings: everything that would need another server is turned off. */
const configuration = (secrets: Reference['secrets']) => ({
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  documentDownloadType: 'json',
  orderRequiredPropertiesFirst: false,
  orderSchemaPropertiesBy: 'preserve',
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  customCss: CSS,
  ...(secrets && { authentication: { securitySchemes: secrets } }),
})

/** JSON that cannot end the script element around it. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

/** Responds with the browser script, compressed for clients that accept gzip. */
export function viewerScript(): (request: Request) => Promise<Response> {
  const headers = {
    'Content-Type': 'text/javascript',
    'Cache-Control': 'public, max-age=86400',
    Vary: 'Accept-Encoding',
  }
  const packed = constantResponse(packedScript, { ...headers, 'Content-Encoding': 'gzip' })
  const plain = constantResponse(async () => unpacked(await packedScript()), headers)
  return (request) => (acceptsGzip(request.headers.get('Accept-Encoding')) ? packed : plain)(request)
}

/** The package is loaded by the first call, because it is large. */
async function packedScript(): Promise<Uint8Array<ArrayBuffer>> {
  const { BUNDLE } = await import('./bundle.js')
  return Uint8Array.from(atob(BUNDLE), (character) => character.charCodeAt(0))
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
