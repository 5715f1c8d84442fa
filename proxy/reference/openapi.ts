import type { Route, RouteDocs } from '../routes/route.ts'
import { ref, SCHEMAS } from './schemas.ts'

const CREDENTIALS =
  'Username and password of an account. Under `npm start` and in the dev profile: `reservoir` and `reservoir-dev`, unless ' +
  '`UPSTASH_KAFKA_REST_USERNAME` and `UPSTASH_KAFKA_REST_PASSWORD` are set.'

/** Assembles the OpenAPI document from the routes. Throws if the documentation of a route is incomplete. */
export function openApiOf(routes: readonly Route[]) {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    checkDocs(route)
    const path = pathTemplate(route.path)
    paths[path] = { ...paths[path], ...operationsOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Reservoir proxy',
      version: '1.0.0',
      description:
        'Kafka over HTTP in the format of the Upstash REST API. All responses are JSON, including errors. Bodies are parsed as ' +
        'JSON whatever their content type is. "The log" is Kafka, or the embedded log of a development setup.',
    },
    servers: [{ url: '/', description: 'The proxy that sends this document.' }],
    security: [{ basic: [] }],
    tags: [...new Set(routes.flatMap(({ tag }) => tag ?? []))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic', description: CREDENTIALS } },
      schemas: SCHEMAS,
    },
  }
}

/** Throws if a path that the app serves is not in the document. Called at start. */
export function checkDocumented(served: readonly ServedRoute[], { paths }: ReturnType<typeof openApiOf>): void {
  for (const { method, path } of served) {
    if (method === 'ALL' || paths[pathTemplate(path)]?.[method.toLowerCase()] !== undefined) continue
    throw new Error(`${method} ${path} has no documentation`)
  }
}

interface ServedRoute {
  method: string
  path: string
}

/** `/produce/:topic/:message{[^]+}` is `/produce/{topic}/{message}` in OpenAPI. */
const pathTemplate = (path: string): string => path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')

function checkDocs({ path, docs }: Route): void {
  const parameters = docs.parameters ?? []
  const documented = new Set(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name))
  const missing = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!).filter((name) => !documented.has(name))
  if (missing.length > 0) throw new Error(`the documentation of ${path} lacks the parameters ${missing.join(', ')}`)
  if (docs.summary.trim() === '') throw new Error(`the documentation of ${path} lacks a summary`)
}

/** In this format a GET has the body of its POST, which most HTTP clients can send and browsers cannot. */
function operationsOf({ methods, docs, isPublic, tag }: Route): Record<string, object> {
  const operations = methods.map((method, i): [string, object] => {
    const operationId = i === 0 ? docs.operationId : `${docs.operationId}By${method[0]}${method.slice(1).toLowerCase()}`
    // The reference lists operations by their summary, so two methods of one route need two.
    const summary = i === 0 ? docs.summary : `${docs.summary.replace(/\.$/, '')}, by ${method}.`
    const operation = {
      ...(tag !== undefined && { tags: [tag] }),
      ...operationOf({ ...docs, operationId, summary }),
    }
    return [method.toLowerCase(), isPublic ? { ...operation, security: [] } : operation]
  })
  return Object.fromEntries(operations)
}

function operationOf(docs: RouteDocs) {
  const {
    operationId,
    summary,
    description,
    parameters = [],
    body,
    isBodyOptional,
    success,
    others,
    errors = [],
  } = docs
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    parameters,
    ...(body !== undefined && { requestBody: { required: !isBodyOptional, content: body } }),
    responses: {
      200: success,
      ...others,
      ...Object.fromEntries(errors.map((status) => [status, errorResponse(status)])),
    },
  }
}

const ERRORS: Record<number, string> = {
  400: 'The request is invalid. Nothing was done.',
  401: 'Credentials are missing or wrong.',
  403: 'The account may not use this topic or instance, or Kafka denies the proxy access to it.',
  404: 'The topic, group, instance or path does not exist.',
  409: 'The partition is not assigned to this instance, or a rebalance took it.',
  413: 'The request body or a message is too large. Nothing was written.',
  415: 'The request body has a Content-Encoding, such as gzip. Nothing was written.',
  422: 'A batch of the partition cannot be decoded; `error` names its offsets. Other partitions can be read.',
  429: 'The account, or the address on a route without credentials, uses its share of a limit. Nothing was done; retry later.',
  503: 'The log is unreachable or a limit of the proxy is reached. Nothing was written; retry later.',
  504: 'The log did not answer in time. Messages may have been written.',
}

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait before a retry.', schema: { type: 'integer' } } }

const errorResponse = (status: number) => ({
  description: ERRORS[status]!,
  content: { 'application/problem+json': { schema: ref('Error') } },
  ...((status === 429 || status >= 503) && { headers: RETRY_AFTER }),
})
