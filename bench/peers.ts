export interface Peer {
  name: string
  /** The format of a request. */
  format: 'upstash' | 'confluent'
  url: string
  /** Only requests in Upstash's format name the topic in the body. */
  topic: string
}

/**
 * `BENCH_PEERS=karapace=confluent+http://127.0.0.1:8083/topics/bench,other=upstash+http://127.0.0.1:8084/produce`: running
 * proxies with an existing topic. In Upstash's format the body names the topic, which follows `#` in the setting.
 */
export function readPeers(text = ''): Peer[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((one) => {
      const found = /^([^=]+)=(upstash|confluent)\+(https?:[^#]+)(?:#(.*))?$/.exec(one)
      if (!found) throw new Error(`BENCH_PEERS: ${one} is not name=upstash|confluent+URL`)
      const [, name, format, url, topic = ''] = found
      return { name: name!, format: format as Peer['format'], url: url!, topic }
    })
}
