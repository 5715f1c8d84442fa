import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Role } from '#domain/actor.ts'
import { startTestSystem, type TestSystem } from '../system/system.ts'
import { describeDocuments } from './describe-documents.ts'

vi.setConfig({ testTimeout: 300_000 })

describeDocuments('The responses of a running system', (schemathesis) => {
  let system: TestSystem
  const edge = () => `http://127.0.0.1:${system.ports.edge}/openapi.json`
  const proxy = () => `http://127.0.0.1:${system.ports.proxy}/openapi.json`

  beforeAll(async () => {
    system = await startTestSystem({ RATE_LIMIT_PER_MINUTE: '1000000' })
  })

  afterAll(() => system.close())

  test('of the edge follow its document without a token', async () => {
    // The other runs send every kind of request; here nearly all of them would return 401.
    const failures = await schemathesis(edge(), ['--phases', 'examples,fuzzing'])
    expect(failures).toBe('')
  })

  // Most routes are the owner's too, and a body is checked in the same way for every role: one run covers every kind of request.
  const FEW = ['--phases', 'examples,fuzzing']
  const PHASES = { traveler: FEW, owner: [], admin: FEW } as const

  test.each(Role.options)('of the edge follow its document for a token of the role %s', async (role) => {
    const token = await system.tokenOf(role, `${role}-1`)
    const failures = await schemathesis(edge(), ['--header', `Authorization: Bearer ${token}`, ...PHASES[role]])
    expect(failures).toBe('')
  })

  test('of the proxy follow its document', async () => {
    const { username, password } = system.endpoints.proxy
    const failures = await schemathesis(proxy(), ['--auth', `${username}:${password}`])
    expect(failures).toBe('')
  })

  test('of the proxy follow its document without credentials', async () => {
    const failures = await schemathesis(proxy(), ['--phases', 'examples,fuzzing'])
    expect(failures).toBe('')
  })
})
