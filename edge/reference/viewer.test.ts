import { expect, test } from 'vitest'
import { createEdge } from '../app.ts'
import { deps, edge } from '../testing/edge.ts'
import { SHA256 } from '#platform/viewer/bundle.js'
import { viewerPage } from '#platform/viewer/viewer.ts'

/** As a policy names the inline script of a page. */
async function hashOfScript(page: string): Promise<string> {
  const [, script] = /<script>([^]+)<\/script>/.exec(page)!
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script)))
  return `sha256-${btoa(String.fromCharCode(...digest))}`
}

test('the page loads only from this server, and runs only its own script', async () => {
  const response = await edge.request('/docs')
  const page = await response.text()
  expect(response.headers.get('Content-Type')).toMatch(/^text\/html/)
  expect(page.match(/(?:src|href)="[^"]*"/g)).toEqual([
    'href="data:,"',
    'href="/openapi.json"',
    'src="/docs/viewer.js"',
  ])
  const policy = response.headers.get('Content-Security-Policy')
  expect(policy).toContain(`default-src 'none'; script-src 'self' '${await hashOfScript(page)}';`)
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/)
})

test('the page is made once and revalidated by its entity tag', async () => {
  const { headers } = await edge.request('/docs')
  const unchanged = await edge.request('/docs', { headers: { 'If-None-Match': headers.get('ETag')! } })
  expect([unchanged.status, await unchanged.text()]).toEqual([304, ''])
  expect(headers.get('Cache-Control')).toBe('no-cache')
})

test('the page has the demo tokens if they exist, and no tokens otherwise', async () => {
  const tokens = { traveler: 'token-of-a-traveler', owner: 'token-of-an-owner', admin: 'token-of-an-admin' }
  const demo = createEdge({ ...deps, demoTokens: () => Promise.resolve(tokens) })
  const response = await demo.request('/docs')
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  const page = await response.text()
  for (const [role, token] of Object.entries(tokens)) expect(page).toContain(`"${role}":{"token":"${token}"}`)
  expect(await (await edge.request('/docs')).text()).not.toContain('securitySchemes')
})

test('a token cannot end the script around it', async () => {
  const evil = '</script><script>alert(1)</script>'
  const page = viewerPage({ title: 'A', secrets: { traveler: { token: evil } } })
  expect(await (await page(new Request('http://a/docs'))).text()).not.toContain(evil)
})

const hexHashOf = async (bytes: ArrayBuffer): Promise<string> =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

test.each([undefined, 'br, gzip;q=0', 'identity'])(
  'the script is that of the package for Accept-Encoding %s',
  async (accepted) => {
    const response = await edge.request('/docs/viewer.js', { headers: accepted ? { 'Accept-Encoding': accepted } : {} })
    expect([response.headers.get('Content-Type'), response.headers.get('Content-Encoding')]).toEqual([
      'text/javascript',
      null,
    ])
    const bytes = await response.arrayBuffer()
    expect(response.headers.get('Content-Length')).toBe(`${bytes.byteLength}`)
    expect(await hexHashOf(bytes)).toBe(SHA256)
  },
)

test('the script is compressed for clients that accept gzip, with an entity tag of its own', async () => {
  const ask = (encoding: string, headers = {}) =>
    edge.request('/docs/viewer.js', { headers: { 'Accept-Encoding': encoding, ...headers } })
  const [plain, packed] = [await ask('identity'), await ask('br;q=1.0, gzip;q=0.8, *;q=0.1')]
  expect(packed.headers.get('Content-Encoding')).toBe('gzip')
  expect(packed.headers.get('Vary')).toContain('Accept-Encoding')
  const unpacked = packed.body!.pipeThrough(new DecompressionStream('gzip'))
  expect(await hexHashOf(await new Response(unpacked).arrayBuffer())).toBe(SHA256)
  const etag = packed.headers.get('ETag')!
  expect(etag).not.toBe(plain.headers.get('ETag'))
  expect((await ask('gzip', { 'If-None-Match': etag })).status).toBe(304)
})
