/** What can be known of `docker-compose.yml` without an engine: its schema, and whether its processes would start with it. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { EDGE_VARIABLES, readEdgeConfig } from '#edge/config.ts'
import { PROCESSOR_VARIABLES, readProcessorConfig } from '#processor/config.ts'
import { PROXY_VARIABLES, readProxyConfig } from '#proxy/config.ts'

type Environment = Record<string, string | undefined>

interface Service {
  image?: string
  container_name?: string
  build?: { context: string; target: string }
  environment?: Record<string, string | number | null>
  ports?: string[]
  expose?: string[]
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
}

/** Which services run our processes, the target of the Dockerfile, and how their environment is read. */
const OURS: Record<string, { target: string; names: readonly string[]; read: (env: Environment) => { port: number } }> =
  {
    proxy: { target: 'proxy', names: PROXY_VARIABLES, read: readProxyConfig },
    processor: { target: 'processor', names: PROCESSOR_VARIABLES, read: readProcessorConfig },
    ...Object.fromEntries(
      ['edge', 'owner-service', 'traveler-service'].map((name) => [
        name,
        { target: 'edge', names: EDGE_VARIABLES, read: readEdgeConfig },
      ]),
    ),
  }

/** Containers, and the ports at which they answer on this computer, as the documents and the README have them. */
const DOCUMENTED: Record<string, readonly number[]> = {
  zookeeper: [2181],
  kafka: [9092],
  mongodb: [27017],
  proxy: [8082],
  processor: [8090],
  edge: [8787, 5001, 5003, 5004],
  'owner-service': [5002],
  'traveler-service': [5005],
}

const schema = JSON.parse(
  readFileSync(new URL('../../node_modules/dclint/schemas/compose.schema.json', import.meta.url), 'utf8'),
) as object
/** The dialect is known by another spelling of its name. */
const isCompose = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile({
  ...schema,
  $schema: undefined,
})

/** A sentence for everything that is wrong; `outside` is the environment in which Compose is run. */
export function complaints(text: string, outside: Environment): string[] {
  const document = parse(text, { merge: true }) as unknown
  if (!isCompose(document)) {
    return (isCompose.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
  const { services } = document as { services: Record<string, Service> }
  const names = Object.keys(services)
  const missing = Object.keys(DOCUMENTED).filter((name) => !names.includes(name))
  return [
    ...missing.map((name) => `the service ${name} is missing`),
    ...names.flatMap((name) => aboutService(name, services, outside).map((complaint) => `${name}: ${complaint}`)),
  ]
}

function aboutService(name: string, services: Record<string, Service>, outside: Environment): string[] {
  const service = services[name]!
  return [
    ...aboutNames(name, service),
    ...aboutPorts(name, service, outside),
    ...Object.entries(service.depends_on ?? {}).flatMap(([other, { condition }]) =>
      aboutNeed(services, other, condition),
    ),
    ...(service.healthcheck ? [] : ['it has no health condition']),
    ...aboutProcess(name, service, outside),
    ...(name === 'kafka' ? aboutKafka(service, outside) : []),
  ]
}

function aboutNames(name: string, { image = '', container_name: container }: Service): string[] {
  const [, tag = ''] = /:([^/]+)$/.exec(image) ?? []
  const isPinned = /^\d+\.\d+\.\d+/.test(tag) || image.includes('@sha256:')
  return [
    ...(isPinned ? [] : [`its image ${image} is not pinned`]),
    ...(container === name ? [] : [`its container is named ${container}`]),
  ]
}

const PORT = /^127\.0\.0\.1:(\d+):(\d+)$/

function aboutPorts(name: string, { ports = [] }: Service, outside: Environment): string[] {
  const published = ports.map((port) => PORT.exec(interpolated(port, outside))).map((found) => Number(found?.[1]))
  const wanted = DOCUMENTED[name]
  if (!wanted) return ['no document knows this service']
  return published.join() === wanted.join()
    ? []
    : [`it is published at ${published.join()}, not ${wanted.join()} of this computer`]
}

function aboutNeed(services: Record<string, Service>, other: string, condition: string): string[] {
  if (!services[other]) return [`it needs ${other}, which is not there`]
  return condition === 'service_healthy' ? [] : [`it does not wait until ${other} is healthy`]
}

/** The process reads the environment as it would inside; it must know all of it, and listen where it is published and asked. */
function aboutProcess(name: string, service: Service, outside: Environment): string[] {
  const ours = OURS[name]
  if (!ours) return []
  const env = environmentOf(service, outside)
  const unknown = Object.keys(service.environment ?? {}).filter((variable) => !ours.names.includes(variable))
  const inside = (service.ports ?? []).map((port) => Number(PORT.exec(port)?.[2]))
  const health = service.healthcheck?.test.join(' ') ?? ''
  const start = started(() => ours.read(env))
  const port = typeof start === 'object' ? start.port : undefined
  return [
    ...unknown.map((variable) => `no process of this kind knows ${variable}`),
    ...(typeof start === 'string' ? [start] : []),
    ...(service.build?.target === ours.target ? [] : [`it is built for ${service.build?.target}`]),
    ...(port === undefined || inside.every((at) => at === port)
      ? []
      : [`it listens on ${port}, not on ${inside.join()}`]),
    ...(port === undefined || health.includes(`http://127.0.0.1:${port}/readyz`)
      ? []
      : ['its health is asked elsewhere']),
  ]
}

function started(start: () => { port: number }): { port: number } | string {
  try {
    return start()
  } catch (error) {
    return (error as Error).message
  }
}

/** To the host at 9092, beside it at 29092. */
function aboutKafka(service: Service, outside: Environment): string[] {
  const env = environmentOf(service, outside)
  const advertised = 'PLAINTEXT://kafka:29092,PLAINTEXT_HOST://localhost:9092'
  const listeners = 'PLAINTEXT://0.0.0.0:29092,PLAINTEXT_HOST://0.0.0.0:9092'
  return [
    ...(env['KAFKA_ADVERTISED_LISTENERS'] === advertised ? [] : [`it does not advertise ${advertised}`]),
    ...(env['KAFKA_LISTENERS'] === listeners ? [] : [`it does not listen at ${listeners}`]),
    ...(service.expose?.includes('29092') ? [] : ['it does not expose 29092']),
  ]
}

/** Compose hands on what has no value, if it is set outside. */
function environmentOf({ environment = {} }: Service, outside: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value]) =>
    value === null ? ([name, outside[name]] as const) : ([name, interpolated(String(value), outside)] as const),
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

const interpolated = (text: string, outside: Environment): string =>
  text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => outside[name] || otherwise)
