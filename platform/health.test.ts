import { expect, test } from 'vitest'
import { Health, healthResponse } from './health.ts'

test('a process without faults responds with 200', async () => {
  const response = healthResponse('demo', [])
  expect(response.status).toBe(200)
  expect(Health.parse(await response.json())).toEqual({ status: 'ok', service: 'demo', faults: [], warnings: [] })
})

test('a process with faults responds with 503, the faults and Retry-After', async () => {
  const response = healthResponse('demo', ['the log is unreachable'])
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '1'])
  const body = { status: 'failing', service: 'demo', faults: ['the log is unreachable'], warnings: [] }
  expect(Health.parse(await response.json())).toEqual(body)
})
