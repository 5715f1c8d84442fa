import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands before the query API and knows how many streams are open: whether whoever left an edge has left this, too. */
export interface Relay {
  url: string
  openStreams: () => number
  close: () => void
}

export async function startRelay(target: string): Promise<Relay> {
  let open = 0
  const server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming
    const onward = request(target + incoming.url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers).flushHeaders()
      answer.pipe(outgoing)
      if (!answer.headers['content-type']?.startsWith('text/event-stream')) return
      open += 1
      outgoing.once('close', () => (open -= 1))
    })
    outgoing.once('close', () => onward.destroy())
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
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
