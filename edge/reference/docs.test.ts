import { describe, expect, test } from 'vitest'
import { docsPage } from './docs.ts'
import { openApi } from '../routes/routes.ts'
import { edge } from '../testing/edge.ts'

const response = await edge.request('http://edge.test/docs')
const text = await response.text()
const operations = Object.values(openApi().paths).flatMap((methods) => Object.values(methods))

test('the page needs no script and no network', () => {
  expect(response.headers.get('Content-Type')).toMatch(/^text\/html/)
  expect(response.headers.get('Content-Security-Policy')).toBe("default-src 'none'; style-src 'unsafe-inline'")
  expect(text).not.toMatch(/<script|<img|<link|@import|url\(|\son\w+=/i)
})

describe.each(operations)('$operationId', (operation) => {
  const article = text.split(`<article id="${operation.operationId}">`)[1]!.split('</article>')[0]!

  test('has its callers, answers, problems and a curl', () => {
    for (const role of operation['x-roles'] ?? ['no token needed']) expect(article).toContain(`>${role}</span>`)
    for (const code of operation['x-problems']) expect(article).toContain(`href="/problems/${code}"`)
    expect(article).toMatch(/<code class="status s(2|3)">\1\d\d<\/code>/)
    expect(article).toContain('http://edge.test/')
    expect(article).not.toMatch(/undefined|\[object/)
  })
})

test('every link within the page leads somewhere', () => {
  const ids = new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))
  const targets = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  expect(targets.filter((id) => !ids.has(id))).toEqual([])
})

test('what is put into it is escaped', async () => {
  const evil = '"><script>alert(1)</script>'
  const api = structuredClone(openApi())
  api.info.title = evil
  const [operation] = Object.values(api.paths['/v1/bookings']!)
  operation!.summary = operation!.description = operation!.operationId = evil
  api.components.schemas['Money'] = { properties: { [evil]: { description: evil, enum: [evil] } } }
  expect(String(await docsPage(api, `http://${evil}`))).not.toContain('<script')
})

test('the curl of the booking can be pasted', () => {
  const curl = text
    .split('<article id="lab2RequestBooking">')[1]!
    .match(/<pre>(curl.*?)<\/pre>/s)![1]!
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
  expect(curl).toBe(
    [
      `curl -X POST 'http://edge.test/api/bookings'`,
      `-H "Authorization: Bearer $TRAVELER_TOKEN"`,
      `-H 'Content-Type: application/json'`,
      `-d '{"listing_id":"listing-123","check_in":"2025-12-01","check_out":"2025-12-05","guest_count":2}'`,
    ].join(' \\\n  '),
  )
})
