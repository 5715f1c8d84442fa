import type { Harness } from '#log/conformance/scene.ts'
import type { Log } from '#log/log.ts'
import { createProxy } from '#proxy/app.ts'
import { serveProxy } from '#proxy/upkeep/serve.ts'
import { openLogThroughProxy } from './log-through-proxy.ts'

export const CREDENTIALS = { username: 'proxy', password: 'pä:ss' }

/** The proxy on a port of its own, above a log. */
export async function serve(behind: Log) {
  const proxy = createProxy({ log: behind, credentials: CREDENTIALS })
  const served = await serveProxy(proxy.app, 0)
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
  tombstones: `${text}, and has one spelling for nothing and empty`,
  createTopics: 'the REST format has no such route',
  setOffsets: 'the REST format commits only for an instance, which is an active member of its group',
  overload: 'one request is under way at a time, so no queue fills',
  fencing: 'the REST format tells an instance nothing of a rebalance',
  owned: 'the REST format tells an instance nothing of its partitions',
}

/** What the conformance suite needs: the log as the published client sees it, and the one behind to make topics on. */
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
