import { describe, expect, test } from 'vitest'
import { PROBLEM_CODES, PROBLEM_TYPES } from '../problem-types.ts'
import { problemsOf } from '../routes/route.ts'
import { ProblemList, ProblemPage } from '../routes/meta.ts'
import { ROUTES } from '../routes/routes.ts'
import { edge, problemOf } from '../testing/edge.ts'

const asked = async (path: string, accept?: string): Promise<Response> =>
  edge.request(path, accept ? { headers: { Accept: accept } } : {})

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

describe.each(Object.entries(PROBLEM_TYPES))('%s', (code, { status, title, meaning, remedy }) => {
  test('is described as JSON', async () => {
    const response = await asked(`/problems/${code}`)
    expect(response.headers.get('Vary')).toContain('Accept')
    expect(ProblemPage.parse(await response.json())).toEqual({
      type: `/problems/${code}`,
      code,
      status,
      title,
      meaning,
      remedy,
    })
  })

  test('has a page', async () => {
    const response = await asked(`/problems/${code}`, BROWSER)
    expect(response.headers.get('Content-Security-Policy')).toBe("default-src 'none'; style-src 'unsafe-inline'")
    const text = await response.text()
    for (const part of [String(status), code, title]) expect(text).toContain(escaped(part))
    for (const part of [meaning, remedy]) expect(text.replaceAll(/<\/?code>/g, '`')).toContain(escaped(part))
    expect(text).toContain(escaped(`"code": "${code}"`))
  })

  test('is explained in whole sentences', () => {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(remedy).toMatch(/^[A-Z].*\.$/)
  })
})

test.each(PROBLEM_CODES)('the page of %s names the routes that return it', async (code) => {
  const text = await (await asked(`/problems/${code}`, BROWSER)).text()
  const listed = [...text.matchAll(/<code>([A-Z]+ \/[^<]*)<\/code>/g)].map(([, route]) => route)
  const returning = ROUTES.filter((route) => problemsOf(route).has(code)).map(({ method, path }) => `${method} ${path}`)
  const sentence = /<p>(Every [^<]*)<\/p>/.exec(text)?.[1]
  if (sentence === undefined) return expect(listed).toEqual(returning)
  const guarded = ROUTES.filter(({ access }) => access !== 'public')
  const counts: Record<string, number> = {
    'Every route.': ROUTES.length,
    'Every route that needs a token.': guarded.length,
    'Every path, for a method that it does not support.': 0,
    'Every path; the HTTP server returns it before it selects a route.': 0,
  }
  expect({ listed, returning: returning.length }).toEqual({ listed: [], returning: counts[sentence] })
})

test('the list has every problem', async () => {
  const { data } = ProblemList.parse(await (await asked('/problems', 'application/json')).json())
  expect(data.map(({ code }) => code)).toEqual(Object.keys(PROBLEM_TYPES))
  const page = await (await asked('/problems', BROWSER)).text()
  for (const code of Object.keys(PROBLEM_TYPES)) expect(page).toContain(`href="/problems/${code}"`)
})

test.each(['nonsense', 'toString', '__proto__', '%3Cscript%3E'])('an unknown code returns 404: %s', async (code) => {
  expect(await problemOf(`/problems/${code}`, {})).toMatchObject({ status: 404, code: 'not_found' })
  const page = await asked(`/problems/${code}`, BROWSER)
  expect([page.status, page.headers.get('Content-Type')]).toEqual([404, 'text/html; charset=UTF-8'])
  expect(await page.text()).toContain('<a href="/problems">The list of problems</a>')
})

test('an address that does not exist shows a browser the way to the reference, and a program a problem', async () => {
  const page = await asked('/nonsense', BROWSER)
  expect([page.status, page.headers.get('Content-Type')]).toEqual([404, 'text/html; charset=UTF-8'])
  expect(await page.text()).toContain('<a href="/docs">The reference</a>')
  expect(await problemOf('/nonsense', {})).toMatchObject({ status: 404, code: 'not_found' })
})

const escaped = (text: string): string =>
  text.replaceAll('"', '&quot;').replaceAll("'", '&#39;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
