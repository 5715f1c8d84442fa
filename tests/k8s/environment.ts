import { type Environment, variablesFor } from './processes.ts'
import { type Container, containersOf, type Resource, type Workload, workloads } from './resource.ts'
import { contentOf } from './texts.ts'

/** Variables of the documents' ConfigMap that only the documents' services read. */
const DOCUMENTED = new Set(['KAFKA_RESPONSE_TOPIC'])

/** Variables that Kafka's tools and servers, the MongoDB image or the scripts of k8s/ read. */
const VENDOR_VARIABLES =
  /^(KAFKA_HEAP_OPTS|KAFKA_LOG4J_OPTS|EXTRA_ARGS|LOG_DIR|POD_(INDEX|NAME|NAMESPACE)|MONGO_INITDB_ROOT_(USERNAME|PASSWORD)_FILE|COMMAND_CONFIG|USERS|KAFKA_BROKERS|KAFKA_REPLICATION)$/

/** Every variable must have a reader. A misspelled one would silently leave the default in force. */
export const environment = (resources: readonly Resource[]): string[] =>
  workloads(resources).flatMap((workload) =>
    containersOf(workload.pod).flatMap((one) => unknown(one, workload, resources)),
  )

function unknown(container: Container, { title, pod }: Workload, resources: readonly Resource[]): string[] {
  const known = variablesFor(container)
  const isOwn = (name: string): boolean => (known ? known.includes(name) : VENDOR_VARIABLES.test(name))
  const ours = new Set(
    ['proxy', 'processor', 'edge'].flatMap((name) => variablesFor({ image: `reservoir/${name}:` }) ?? []),
  )
  const shared = sharedBy(container, resources).filter((name) => !ours.has(name) && !DOCUMENTED.has(name))
  const names = [
    ...(container.env ?? []).map(({ name }) => name),
    ...Object.keys(envFile(container, pod, (kind, name) => contentOf(resources, kind, name))),
  ]
  return [...names.filter((name) => !isOwn(name)), ...shared].map(
    (name) => `${title}, ${container.name}: no process reads ${name}`,
  )
}

const sharedBy = ({ envFrom = [] }: Container, resources: readonly Resource[]): string[] =>
  envFrom.flatMap(({ configMapRef }) => Object.keys(contentOf(resources, 'ConfigMap', configMapRef?.name)))

/** The variables that Node reads from every `--env-file`. */
export function envFile(
  { command = [], volumeMounts = [] }: Container,
  pod: Workload['pod'],
  contentOf: (kind: 'Secret', name: string) => Record<string, string>,
): Environment {
  const textAt = (path: string): string => {
    const mount = volumeMounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`))
    const secret = pod.volumes?.find(({ name }) => name === mount?.name)?.secret?.secretName
    return (mount && secret && contentOf('Secret', secret)[path.slice(mount.mountPath.length + 1)]) ?? ''
  }
  const paths = command.flatMap((part) => /^--env-file=(.*)$/.exec(part)?.[1] ?? [])
  const lines = paths.flatMap((path) => textAt(path).split('\n')).filter(Boolean)
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}
