import type { Harness } from '#log/conformance/scene.ts'
import type { Log } from '#log/log.ts'
import { createProxy } from '#proxy/app.ts'
import { serveProxy } from '#proxy/upkeep/serve.ts'
import { openLogThroughProxy } from './log-through-proxy.ts'

export const CREDENTIALS = { username: 'proxy', password: 'pä:ss' }

/** The proxy on its own port, above a log. */
export async function serve(behind: Log) {
  const proxy = createProxy({ log: behind, credentials: CREDENTIALS })
  const served = await serveProxy(proxy.app, { port: 0 })
  const stop = async (): Promise<void> => {
    proxy.drain()
    await served.close(0)
    await proxy.close()
    await behind.close()
  }
  return { behind, url: `http://127.0.0.1:${served.port}`, stop }
}

const text = 'the REST format carries text only'

export const LACKS = {
  bytes: text,
  tombstones: `${text}, and does not distinguish absent from empty`,
  createTopics: 'the REST format has no such route',
  setOffsets: 'the REST format commits only for an instance, which is an active member of its group',
  members: 'the REST format does not describe groups',
  maxSend: 'the proxy splits a request into several appends',
  overload: 'one request runs at a time, so no queue fills',
  fencing: 'the REST format does not report a rebalance',
  owned: 'the REST format does not report the partitions of an instance',
}

/** For the conformance suite: the log as the published client sees it, and the one behind it to create topics. */
export async function harnessAbove(open: () => Log): Promise<Harness> {
  let served = await serve(open())
  let log: Log = openLogThroughProxy({ url: served.url, ...CREDENTIALS })
  const close = async (): Promise<void> => {
    await log.close()
    await served.stop()
  }
  return {
    log,
    createTopics: (topics) => served.behind.createTopics(topics),
    reopen: async () => {
      await close()
      served = await serve(open())
      log = openLogThroughProxy({ url: served.url, ...CREDENTIALS })
      return log
    },
    dispose: close,
  }
}
