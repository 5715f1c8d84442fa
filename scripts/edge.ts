/** `npm run edge`: one edge alone, beside a proxy and a query API that already run. */
import { once } from 'node:events'
import { readEdgeConfig } from '#edge/config.ts'
import { DEFAULTS } from '#platform/defaults.mjs'
import { startChild } from './dev/children.ts'
import { edgeVariablesIn, loadEnvironment, variablesOf } from './dev/environment.ts'
import { edgeOn, type Variables } from './dev/runtimes.ts'
import { isTaken, refuseTaken } from './system/serve.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

/** Beside a system that has taken the usual port with its own edge. */
const BESIDE = DEFAULTS.EDGE_PORT + 1

const ANSWER_LIMIT_MS = 1_000

await npmCommand('edge', async ({ values: { runtime, port } }, end) => {
  loadEnvironment()
  const named = port === undefined ? process.env['EDGE_PORT'] : String(port)
  const { EDGE_PORT: usual = String(DEFAULTS.EDGE_PORT), ...rest } = edgeVariablesIn(await variablesOf(process.env))
  const variables = { ...rest, EDGE_PORT: named ?? ((await isTaken(Number(usual))) ? String(BESIDE) : usual) }
  await check(variables)
  for (const line of await missingPeers(variables)) console.error(line)

  const edge = startChild(edgeOn(runtime, variables))
  void edge.exit.then((code) => (process.exitCode = code))
  await Promise.race([edge.exit, once(end, 'abort')])
  await edge.end()
  if (end.aborted) process.exitCode = 0
})

/** Here, because not every runtime says it in sentences. */
async function check(variables: Variables): Promise<void> {
  try {
    readEdgeConfig(variables)
    await refuseTaken({ 'EDGE_PORT or --port': Number(variables.EDGE_PORT) })
  } catch (error) {
    throw new Sentence((error as Error).message)
  }
}

/** The edge runs without them, too: it is not ready as long as the proxy is away. */
async function missingPeers({ UPSTASH_KAFKA_REST_URL: proxy, QUERY_URL: query }: Variables): Promise<string[]> {
  const peers = [
    { what: 'proxy', url: proxy!, variable: 'UPSTASH_KAFKA_REST_URL', command: 'npm run proxy' },
    { what: 'query API', url: query!, variable: 'QUERY_URL', command: 'npm run processor' },
  ]
  const asked = peers.map(async ({ what, url, variable, command }) =>
    (await answers(url))
      ? []
      : [`No ${what} answers at ${url} yet: start one (${command}, or everything by npm start), or set ${variable}.`],
  )
  return (await Promise.all(asked)).flat()
}

async function answers(url: string): Promise<boolean> {
  const asked = fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })
  return asked.then(
    ({ ok }) => ok,
    () => false,
  )
}
