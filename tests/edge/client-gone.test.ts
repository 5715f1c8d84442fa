import { once } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createEdge } from '#edge/app.ts'
import { createQueryClient } from '#edge/reads/query-client.ts'
import { bearer, deps } from '#edge/testing/edge.ts'
import { serve } from '#platform/node/serve.ts'
import type { Role } from '#domain/actor.ts'

/** A served edge whose query API answers nothing; `asked` holds its requests, `sent` counts the commands. */
async function servedEdge() {
  const asked: ServerResponse[] = []
  const api = createServer((_, response) => void asked.push(response)).listen(0)
  await once(api, 'listening')
  const sent: unknown[] = []
  const commands = { ...deps.commands, append: async (envelope: unknown) => void sent.push(envelope) }
  const query = createQueryClient(`http://127.0.0.1:${(api.address() as AddressInfo).port}`)
  const edge = await serve(createEdge({ ...deps, query, commands }).fetch, { port: 0 })
  onTestFinished(async () => {
    await edge.close(0)
    api.closeAllConnections()
    api.close()
  })
  return { asked, sent, port: edge.port }
}

test.each<[what: string, method: string, path: string, role: Role]>([
  ['a read', 'GET', '/v1/bookings', 'traveler'],
  ['a write of personal state', 'POST', '/api/notifications/n1/read', 'traveler'],
  ['the read before a decision', 'POST', '/v1/bookings/b1/accept', 'owner'],
])('%s ends when its client leaves, and no command is sent', async (_, method, path, role) => {
  const { asked, sent, port } = await servedEdge()
  const client = request({ port, host: '127.0.0.1', method, path, headers: { ...(await bearer(role)) } })
  client.on('error', () => undefined).end()
  await expect.poll(() => asked.length).toBe(1)
  const closed = once(asked[0]!, 'close')
  client.destroy()
  await closed
  expect([asked[0]!.writableFinished, asked.length, sent]).toEqual([false, 1, []])
})
