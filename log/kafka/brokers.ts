/** The addresses of Kafka in a setting: `host:port`, separated by commas, IPv6 addresses in brackets. */
import { isIPv6 } from 'node:net'
import { z } from 'zod'

const MUST = 'must be host:port, with commas between several'

export const Brokers = z.string().transform((text, context): string[] => {
  const brokers = text
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean)
  const problem =
    brokers.length === 0 ? 'the value is empty' : brokers.map(problemOf).find((each) => each !== undefined)
  if (problem === undefined) return brokers
  context.addIssue(`${MUST}: ${problem}`)
  return z.NEVER
})

/** The problem of one address and how to write it. An address with `@` is not quoted: it may contain a password. */
function problemOf(broker: string): string | undefined {
  if (broker.includes('@')) return 'set the username and the password in KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'
  if (broker.includes('/')) return `${broker} contains a slash: give only the host and the port`
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(broker) ?? []
  if (host === undefined) return unbracketed(broker)
  if (host.startsWith('[') && !isIPv6(host.slice(1, -1))) return `${host} is not an IPv6 address`
  if (host === '' || /\s/.test(host)) return `${broker} has no host`
  if (port === undefined) return `${broker} has no port: write for example ${broker}:9092`
  if (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) <= 65_535) return undefined
  return `the port of ${broker} must be from 1 to 65535`
}

function unbracketed(broker: string): string {
  if (!isIPv6(broker)) return `${broker} has too many colons`
  // The last part may be meant as the port.
  const [, address, port] = /^(.*):(\d+)$/.exec(broker) ?? []
  const meant = isIPv6(address ?? '') ? `[${address}]:${port}` : `[${broker}]:9092`
  return `${broker} needs brackets around its address: write for example ${meant}`
}

/** kafkajs splits a broker at its first colon, so an address in brackets gets other characters. */
export const withoutColons = (broker: string): string =>
  broker.replace(/^\[.*\]/, (address) => address.replaceAll(':', '_'))

/** The reverse of {@link withoutColons}. */
export const withColons = (broker: string): string =>
  broker.replace(/^\[.*\]/, (address) => address.replaceAll('_', ':'))
