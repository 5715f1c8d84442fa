import { describe, expect, test } from 'vitest'
import { PROBLEM_TYPES } from '../problem-types.ts'
import { ProblemList, ProblemPage } from './responses.ts'
import { edge, problemOf } from '../testing/edge.ts'

const asked = async (path: string, accept?: string): Promise<Response> =>
  edge.request(path, accept ? { headers: { Accept: accept } } : {})

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

describe.each(Object.entries(PROBLEM_TYPES))('%s', (code, { status, title, meaning, remedy }) => {
  test('has a description for programs', async () => {
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

  test('has a page for people', async () => {
    const response = await asked(`/problems/${code}`, BROWSER)
    expect(response.headers.get('Content-Security-Policy')).toBe("default-src 'none'; style-src 'unsafe-inline'")
    const text = await response.text()
    for (const part of [String(status), code, title, meaning, remedy]) expect(text).toContain(escaped(part))
  })

  test('is explained in whole sentences', () => {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(remedy).toMatch(/^[A-Z].*\.$/)
  })
})

test('the list has them all', async () => {
  const { data } = ProblemList.parse(await (await asked('/problems', 'application/json')).json())
  expect(data.map(({ code }) => code)).toEqual(Object.keys(PROBLEM_TYPES))
  const page = await (await asked('/problems', BROWSER)).text()
  for (const code of Object.keys(PROBLEM_TYPES)) expect(page).toContain(`href="/problems/${code}"`)
})

test.each(['nonsense', 'toString', '__proto__', '%3Cscript%3E'])('there is no problem %s', async (code) => {
  expect(await problemOf(`/problems/${code}`, {})).toMatchObject({ status: 404, code: 'not_found' })
  expect((await asked(`/problems/${code}`, BROWSER)).status).toBe(404)
})

const escaped = (text: string): string =>
  text.replaceAll('"', '&quot;').replaceAll("'", '&#39;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
