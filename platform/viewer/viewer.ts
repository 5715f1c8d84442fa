import { html, raw } from 'hono/html'

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

/**
 * Nothing is loaded from another server. The viewer writes its style into the page, so styles cannot be restricted further.
 * @param nonce of the one script in the page itself
 */
export const viewerPolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** The page that shows `/openapi.json` of the server that sends it. */
export const viewerPage = (nonce: string, { title, secrets }: Reference) =>
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
        <script nonce="${nonce}">
          Scalar.createApiReference('#reference', ${raw(inScript(configuration(secrets)))})
        </script>
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

/** The browser script. Its package is loaded by the first call, because it is large. */
export async function viewerScript(): Promise<Uint8Array<ArrayBuffer>> {
  const { BUNDLE } = await import('./bundle.js')
  const packed = Uint8Array.from(atob(BUNDLE), (character) => character.charCodeAt(0))
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(unpacked).arrayBuffer())
}
