import type { DevKeys } from '../scripts/dev/keys.ts'
import type { BenchSystem, Servers } from './measure.ts'
import { type MeasuredProcess, startMeasured } from './measured-process.ts'

/** Starts edge, proxy and processor as in a cluster, configured only by their environment. */
export async function startThreeProcesses(
  { brokers, mongodbUri }: Servers,
  { jwks, commandKeys }: DevKeys,
): Promise<BenchSystem> {
  const proxyUser = { UPSTASH_KAFKA_REST_USERNAME: 'bench', UPSTASH_KAFKA_REST_PASSWORD: 'bench' }
  const tokens = {
    JWT_ISSUER: 'https://reservoir.localhost',
    JWT_AUDIENCE: 'reservoir',
    JWT_JWKS: JSON.stringify(jwks),
    COMMAND_KEYS: commandKeys,
  }
  const kafka = { KAFKA_BROKERS: brokers, KAFKA_REPLICATION: '1' }
  const parts: MeasuredProcess[] = []
  const start = async (file: string, env: Record<string, string>, portName: string): Promise<string> => {
    const part = await startMeasured(file, env, portName)
    parts.push(part)
    return part.url
  }
  const close = async () => {
    for (const part of parts.toReversed()) await part.stop()
  }
  try {
    const processor = { ...kafka, ...tokens, MONGODB_URI: mongodbUri }
    const query = await start('processor/node.ts', processor, 'PROCESSOR_PORT')
    const proxy = await start('proxy/node.ts', { ...kafka, ...proxyUser }, 'PROXY_PORT')
    const around = { UPSTASH_KAFKA_REST_URL: proxy, QUERY_URL: query, RATE_LIMIT_PER_MINUTE: '0' }
    return { url: await start('edge/node.ts', { ...proxyUser, ...tokens, ...around }, 'EDGE_PORT'), close }
  } catch (error) {
    await close()
    throw error
  }
}
