import { expect, test } from 'vitest'
import { constantResponse } from './constant.ts'

test('a constant response is made once and has an entity tag of its content', async () => {
  let times = 0
  const respond = constantResponse(() => `made ${++times}`, { 'Content-Type': 'text/plain' })
  const ask = (headers: Record<string, string> = {}) => respond(new Request('http://a/', { headers }))
  const [first, second] = [await ask(), await ask()]
  expect([await first.text(), await second.text(), times]).toEqual(['made 1', 'made 1', 1])
  const etag = first.headers.get('ETag')!
  expect(etag).toMatch(/^"[0-9a-f]{16}"$/)
  expect(first.headers.get('Content-Type')).toBe('text/plain')
  for (const value of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const unchanged = await ask({ 'If-None-Match': value })
    expect([unchanged.status, unchanged.headers.get('ETag'), await unchanged.text()]).toEqual([304, etag, ''])
  }
  expect((await ask({ 'If-None-Match': '"x"' })).status).toBe(200)
  const other = constantResponse(() => 'other', {})
  expect((await other(new Request('http://a/'))).headers.get('ETag')).not.toBe(etag)
})
