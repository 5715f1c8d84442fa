import { onTestFinished } from 'vitest'
import type { Log } from '#log/log.ts'
import { createProxy } from '#proxy/app.ts'

export interface Answer<Body> {
  status: number
  body: Body
  tookMs: number
}

/** Sends requests to a proxy above the log. */
export function proxyAbove<Body>(log: Log): (path: string, body: unknown) => Promise<Answer<Body>> {
  const proxy = createProxy({ log, credentials: { username: 'proxy', password: 'secret' } })
  onTestFinished(() => proxy.close())
  const headers = { authorization: `Basic ${btoa('proxy:secret')}`, 'Kafka-Auto-Offset-Reset': 'earliest' }
  return async (path, body) => {
    const started = performance.now()
    const response = await proxy.app.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Body, tookMs: performance.now() - started }
  }
}
