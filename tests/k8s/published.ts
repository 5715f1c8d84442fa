import { ROUTES } from '../../edge/routes/routes.ts'
import { ofKind, type Resource, titleOf } from './resource.ts'

interface Path {
  path: string
  pathType: 'Exact' | 'Prefix'
  backend: { service: { name: string } }
}

/** What an edge outside the cluster uses of the other processes, by service. */
const INSIDE: Readonly<Record<string, string>> = { proxy: 'Exact /produce', query: 'Prefix /v1' }

/** No Ingress publishes these: they show what happens inside. */
const UNPUBLISHED = ['/metrics']

/** Ingresses publish a list of paths: every route of the edge, and of the other processes what an edge uses. */
export const published = (resources: readonly Resource[]): string[] => ofKind(resources, 'Ingress').flatMap(faultsOf)

function faultsOf(ingress: Resource): string[] {
  const rules = ingress.spec?.['rules'] as { http: { paths: Path[] } }[]
  const paths = rules.flatMap(({ http }) => http.paths)
  const ofEdge = paths.filter(({ backend }) => INSIDE[backend.service.name] === undefined)
  return [...paths.flatMap(tooMuch), ...(ofEdge.length > 0 ? missing(ofEdge) : [])].map(
    (fault) => `${titleOf(ingress)}: ${fault}`,
  )
}

function tooMuch(given: Path): string[] {
  const { name } = given.backend.service
  const allowed = INSIDE[name]
  const actual = `${given.pathType} ${given.path}`
  if (allowed !== undefined) return actual === allowed ? [] : [`publishes ${actual} of ${name}, not only ${allowed}`]
  return UNPUBLISHED.filter((path) => isAt(given, path)).map((path) => `publishes ${path} of ${name}`)
}

const missing = (paths: readonly Path[]): string[] =>
  ROUTES.filter(({ path }) => !paths.some((one) => isAt(one, path))).map(({ path }) => `does not publish ${path}`)

const isAt = ({ path, pathType }: Path, asked: string): boolean =>
  asked === path || (pathType === 'Prefix' && (path === '/' || asked.startsWith(`${path}/`)))
