import { expect, test } from 'vitest'
import { createEdge } from '../app.ts'
import { deps, edge } from '../testing/edge.ts'
import { SHA256 } from '#platform/viewer/bundle.js'
import { viewerPage } from '#platform/viewer/viewer.ts'

const nonceIn = (page: string): string => /<script nonce="([^"]+)">/.exec(page)![1]!

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
  expect(policy).toContain(`default-src 'none'; script-src 'self' 'nonce-${nonceIn(page)}'`)
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/)
})

test('every response has a new nonce and is not stored', async () => {
  const responses = await Promise.all([edge.request('/docs'), edge.request('/docs')])
  const nonces = await Promise.all(responses.map(async (response) => nonceIn(await response.text())))
  expect(nonces[0]).not.toBe(nonces[1])
  for (const { headers } of responses) expect(headers.get('Cache-Control')).toBe('no-store')
})

test('the page has the demo tokens if they exist, and no tokens otherwise', async () => {
  const tokens = { traveler: 'token-of-a-traveler', owner: 'token-of-an-owner', admin: 'token-of-an-admin' }
  const demo = createEdge({ ...deps, demoTokens: () => Promise.resolve(tokens) })
  const page = await (await demo.request('/docs')).text()
  for (const [role, token] of Object.entries(tokens)) expect(page).toContain(`"${role}":{"token":"${token}"}`)
  expect(await (await edge.request('/docs')).text()).not.toContain('securitySchemes')
})

test('a token cannot end the script around it', async () => {
  const evil = '</script><script>alert(1)</script>'
  expect(String(await viewerPage('n', { title: 'A', secrets: { traveler: { token: evil } } }))).not.toContain(evil)
})

test('the script is that of the package', async () => {
  const response = await edge.request('/docs/viewer.js')
  expect(response.headers.get('Content-Type')).toBe('text/javascript')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.arrayBuffer()))
  expect(Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(SHA256)
})
