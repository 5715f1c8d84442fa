import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A relay in front of the query API that counts open streams, so that tests see whether the edge closes them. */
export interface Relay {
  url: string
  openStreams: () => number
  close: () => void
}

export async function startRelay(target: string): Promise<Relay> {
  let open = 0
  const server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming
    const forwarded = request(target + incoming.url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers).flushHeaders()
      answer.pipe(outgoing)
      if (!answer.headers['content-type']?.startsWith('text/event-stream')) return
      open += 1
      outgoing.once('close', () => (open -= 1))
    })
    outgoing.once('close', () => forwarded.destroy())
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openStreams: () => open,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
