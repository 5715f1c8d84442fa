import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openTestProxy } from '../testing/test-proxy.ts'

const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('the reference page', () => {
  test.each(['/', '/docs', '/docs/'])('is shown at %s to a browser without credentials', async (path) => {
    const { app } = await openTestProxy()
    const response = await app.request(path, { headers: BROWSER })
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=UTF-8'])
    const page = await response.text()
    expect(page.match(/(?:src|href)="[^"]*"/g)).toEqual([
      'href="data:,"',
      'href="/openapi.json"',
      'src="/docs/viewer.js"',
    ])
    const [, script] = /<script>([^]+)<\/script>/.exec(page)!
    const hash = createHash('sha256').update(script!).digest('base64')
    expect(response.headers.get('Content-Security-Policy')).toContain(`script-src 'self' 'sha256-${hash}';`)
    const headers = { ...BROWSER, 'If-None-Match': response.headers.get('ETag')! }
    expect((await app.request(path, { headers })).status).toBe(304)
  })

  test('has its script on the same server', async () => {
    const { app } = await openTestProxy()
    const response = await app.request('/docs/viewer.js')
    expect(response.headers.get('Content-Type')).toBe('text/javascript')
    expect(await response.text()).toContain('createApiReference')
    const packed = await app.request('/docs/viewer.js', { headers: { 'Accept-Encoding': 'gzip' } })
    expect(packed.headers.get('Content-Encoding')).toBe('gzip')
  })
})

test('/ returns the addresses as JSON to a program without credentials', async () => {
  const { app } = await openTestProxy()
  const response = await app.request('/', { headers: { Accept: '*/*' } })
  expect([response.status, response.headers.get('Vary')]).toEqual([200, 'Accept'])
  expect(await response.json()).toMatchObject({ service: 'proxy', reference: '/docs', openapi: '/openapi.json' })
})

test('the other paths still require credentials', async () => {
  const { app } = await openTestProxy()
  expect((await app.request('/docs/other', { headers: BROWSER })).status).toBe(401)
  expect((await app.request('/topics', { headers: BROWSER })).status).toBe(401)
})
