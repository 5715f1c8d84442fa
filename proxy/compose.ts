import { createProxy, type Proxy, type ProxyOptions } from './app.ts'
import { type ProxyServeOptions, serveProxy } from './upkeep/serve.ts'

export interface ComposedProxy extends Pick<Proxy, 'metrics'> {
  port: number
  /**
   * Ends long polls and streams, finishes the running requests within `graceMs`, and closes all instances. Close the log
   * afterwards; it belongs to the caller.
   */
  close: (graceMs?: number) => Promise<void>
}

/**
 * The proxy on any log, served at once.
 * @throws PortTaken
 */
export async function composeProxy(options: ProxyOptions, address: ProxyServeOptions): Promise<ComposedProxy> {
  const proxy = createProxy(options)
  const { port, close } = await serveProxy(proxy.app, address)
  return {
    port,
    metrics: proxy.metrics,
    async close(graceMs) {
      proxy.drain()
      await close(graceMs)
      await proxy.close()
    },
  }
}
