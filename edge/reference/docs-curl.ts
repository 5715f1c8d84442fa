import type { Content, Json, OpenApi, Operation, Parameter } from './document.ts'

/** A request that can be pasted: with the documents' body, and the token of a role that may. */
export function curlOf(origin: string, method: string, path: string, operation: Operation, parameters: Parameter[]) {
  const body = exampleBody(operation)
  const lines = [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${quoted(origin + filled(path, parameters))}`,
    ...tokenOf(operation),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`]),
  ]
  return lines.join(' \\\n  ')
}

/** With an example for each part of the path, and for what the query cannot be without. */
function filled(path: string, parameters: Parameter[]): string {
  const query = parameters
    .filter((one) => one.in === 'query' && one.required)
    .map(({ name, example }) => [name, example ?? ''])
  const value = (name: string) => parameters.find((one) => one.in === 'path' && one.name === name)?.example ?? ''
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURI(value(name)))
  return query.length > 0 ? `${address}?${new URLSearchParams(query)}` : address
}

function tokenOf({ 'x-roles': roles }: Operation): string[] {
  const role = roles?.[0]
  return role ? [`-H "Authorization: Bearer $${role.toUpperCase()}_TOKEN"`] : []
}

const exampleBody = ({ requestBody }: Operation): Json | undefined =>
  examplesIn(requestBody?.content['application/json'])[0]?.[1]

/** By name; those of problems are left to their pages. */
export const examplesIn = ({ examples = {} }: Partial<Content> = {}): [name: string, value: Json][] =>
  Object.entries(examples).flatMap(([name, example]) => ('value' in example ? [[name, example.value]] : []))

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** What a reference to a parameter refers to. */
export const parametersOf = ({ components }: OpenApi, { parameters }: Operation): Parameter[] =>
  parameters.map(({ $ref }) => components.parameters[$ref.split('/').at(-1)!]!)
