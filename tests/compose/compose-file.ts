/** Checks `docker-compose.yml` without an engine: its schema, and whether our processes accept their settings. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { EDGE_VARIABLES, readEdgeConfig } from '#edge/config.ts'
import { PROCESSOR_VARIABLES, readProcessorConfig } from '#processor/config.ts'
import { PROXY_VARIABLES, readProxyConfig } from '#proxy/config.ts'

type Environment = Record<string, string | undefined>

interface HealthCheck {
  test: string[]
  start_interval?: string
}

interface Service {
  image?: string
  container_name?: string
  build?: { context: string; target: string }
  environment?: Record<string, string | number | null>
  ports?: string[]
  expose?: string[]
  healthcheck?: HealthCheck
  restart?: string
  pull_policy?: string
  depends_on?: Record<string, { condition: string }>
}

/** The services that run our processes: the target in the Dockerfile, the known variables and the function that reads them. */
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

/** The containers and their ports on the host, as the documents and the README name them. */
const DOCUMENTED: Record<string, readonly number[]> = {
  zookeeper: [2181],
  kafka: [9092],
  mongodb: [27017],
  proxy: [8082],
  processor: [],
  edge: [8787],
  'owner-service': [5001, 5002, 5003],
  'traveler-service': [5004, 5005],
}

/** The services that may run several times: neither a container name nor a port of the host belongs to one container only. */
const SCALED: Record<string, { ports: string | undefined }> = {
  proxy: { ports: 'PROXY_PORTS' },
  processor: { ports: undefined },
  edge: { ports: 'EDGE_PORTS' },
}

const schema = JSON.parse(
  readFileSync(new URL('../../node_modules/dclint/schemas/compose.schema.json', import.meta.url), 'utf8'),
) as object
/** Without `$schema`, because Ajv does not know this spelling of the dialect. */
const isCompose = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile({
  ...schema,
  $schema: undefined,
})

/** Returns a sentence for each fault. @param outside the environment of the Compose command */
export function composeFaults(text: string, outside: Environment): string[] {
  const document = parse(text, { merge: true }) as unknown
  if (!isCompose(document)) {
    return (isCompose.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
  const { services } = document as { services: Record<string, Service> }
  const names = Object.keys(services)
  const missing = Object.keys(DOCUMENTED).filter((name) => !names.includes(name))
  return [
    ...Object.keys(document as object).flatMap((key) => (isOld(key) ? [] : [`docker-compose 1.29 refuses ${key}`])),
    ...missing.map((name) => `the service ${name} is missing`),
    ...names.flatMap((name) => serviceFaults(name, services, outside).map((fault) => `${name}: ${fault}`)),
  ]
}

/** Whether docker-compose 1.29 knows a key at the top. */
const isOld = (key: string): boolean => ['services', 'volumes'].includes(key) || key.startsWith('x-')

function serviceFaults(name: string, services: Record<string, Service>, outside: Environment): string[] {
  const service = services[name]!
  return [
    ...nameFaults(name, service),
    ...portFaults(name, service, outside),
    ...Object.entries(service.depends_on ?? {}).flatMap(([other, { condition }]) =>
      dependencyFaults(services, other, condition),
    ),
    ...(service.restart === 'on-failure' ? [] : ['it is not restarted after a failure']),
    ...(service.healthcheck ? healthFaults(service.healthcheck) : ['it has no health check']),
    ...(!service.build || service.pull_policy === 'build' ? [] : ['its image is pulled, although it is built here']),
    ...processFaults(name, service, outside),
    ...(name === 'kafka' ? kafkaFaults(service, outside) : []),
  ]
}

function nameFaults(name: string, { image = '', container_name: container }: Service): string[] {
  const [, tag = ''] = /:([^/]+)$/.exec(image) ?? []
  const isPinned = /^\d+\.\d+\.\d+/.test(tag) || image.includes('@sha256:')
  return [
    ...(isPinned ? [] : [`its image ${image} is not pinned`]),
    ...(container === (SCALED[name] ? undefined : name) ? [] : [`its container is named ${container}`]),
  ]
}

const PORT = /^127\.0\.0\.1:(\d+):(\d+)$/

function portFaults(name: string, { ports = [] }: Service, outside: Environment): string[] {
  const published = ports.map((port) => PORT.exec(interpolated(port, outside))).map((found) => Number(found?.[1]))
  const wanted = DOCUMENTED[name]
  if (!wanted) return ['no document has this service']
  const range = SCALED[name]?.ports
  if (range && !ports.every((port) => port.startsWith(`127.0.0.1:\${${range}:-`))) {
    return [`it is published at a fixed port, so that it cannot be scaled: take it from ${range}`]
  }
  return published.join() === wanted.join()
    ? []
    : [`it is published at ${published.join()}, not ${wanted.join()} on the host`]
}

/** A check that starts Java or Node takes a good part of a core when eight containers are idle. */
function healthFaults({ test, start_interval: interval }: HealthCheck): string[] {
  return [
    ...(test[0] === 'CMD' && test[1] === 'bash' ? [] : [`its health check starts ${test[1]}`]),
    ...(interval === undefined ? [] : ['docker-compose 1.29 refuses start_interval']),
  ]
}

function dependencyFaults(services: Record<string, Service>, other: string, condition: string): string[] {
  if (!services[other]) return [`it depends on ${other}, which does not exist`]
  return condition === 'service_healthy' ? [] : [`it does not wait until ${other} is healthy`]
}

/** The process must accept its settings, know every variable, and listen on the published and the checked port. */
function processFaults(name: string, service: Service, outside: Environment): string[] {
  const ours = OURS[name]
  if (!ours) return []
  const env = environmentOf(service, outside)
  const unknown = Object.keys(service.environment ?? {}).filter((variable) => !ours.names.includes(variable))
  const inside = [
    ...(service.ports ?? []).map((port) => Number(PORT.exec(interpolated(port, outside))?.[2])),
    ...(service.expose ?? []).map(Number),
  ]
  const health = service.healthcheck?.test.join(' ') ?? ''
  const start = started(() => ours.read(env))
  const port = typeof start === 'object' ? start.port : undefined
  return [
    ...unknown.map((variable) => `no process of this kind reads ${variable}`),
    ...(typeof start === 'string' ? [start] : []),
    ...(service.build?.target === ours.target ? [] : [`it is built for ${service.build?.target}`]),
    ...(port === undefined || inside.every((at) => at === port)
      ? []
      : [`it listens on ${port}, not on ${inside.join()}`]),
    ...(port === undefined || health.includes(`/dev/tcp/127.0.0.1/${port} && printf 'GET /readyz HTTP/1.0`)
      ? []
      : ['its health check uses another address']),
  ]
}

function started(start: () => { port: number }): { port: number } | string {
  try {
    return start()
  } catch (error) {
    return (error as Error).message
  }
}

/** Clients on the host use port 9092, containers use 29092. */
function kafkaFaults(service: Service, outside: Environment): string[] {
  const env = environmentOf(service, outside)
  const advertised = 'PLAINTEXT://kafka:29092,PLAINTEXT_HOST://localhost:9092'
  const listeners = 'PLAINTEXT://0.0.0.0:29092,PLAINTEXT_HOST://0.0.0.0:9092'
  return [
    ...(env['KAFKA_ADVERTISED_LISTENERS'] === advertised ? [] : [`it does not advertise ${advertised}`]),
    ...(env['KAFKA_LISTENERS'] === listeners ? [] : [`it does not listen at ${listeners}`]),
    ...(service.expose?.includes('29092') ? [] : ['it does not expose 29092']),
  ]
}

/** Compose passes a variable without a value from its own environment. */
function environmentOf({ environment = {} }: Service, outside: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value]) =>
    value === null ? ([name, outside[name]] as const) : ([name, interpolated(String(value), outside)] as const),
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

const interpolated = (text: string, outside: Environment): string =>
  text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => outside[name] || otherwise)
