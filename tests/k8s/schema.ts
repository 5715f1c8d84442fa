import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { type Resource, titleOf } from './resource.ts'

/** Checks each resource against the schema of its kind. Unknown fields are faults. */
export function schemaCheck(folder: string): (resources: readonly Resource[]) => string[] {
  const read = (file: string): object => JSON.parse(readFileSync(join(folder, file), 'utf8')) as object
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(read('_definitions.json'))
  const compiled = new Map<string, ValidateFunction>()
  const schemaFor = (file: string): ValidateFunction => {
    const known = compiled.get(file) ?? ajv.compile(read(file))
    compiled.set(file, known)
    return known
  }
  return (resources) =>
    resources.flatMap((resource) => {
      const file = fileOf(resource)
      try {
        const validate = schemaFor(file)
        return validate(resource) ? [] : (validate.errors ?? []).map((error) => sentence(resource, error))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        return [`${titleOf(resource)}: Kubernetes has no ${resource.apiVersion} ${resource.kind}`]
      }
    })
}

/** For example `networkpolicy-networking-v1.json` for the kind `NetworkPolicy` of `networking.k8s.io/v1`. */
function fileOf({ apiVersion, kind }: Resource): string {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion]
  const short = group.split('.')[0]
  return [kind.toLowerCase(), short, `${version}.json`].filter(Boolean).join('-')
}

const sentence = (
  resource: Resource,
  { instancePath, message, params }: NonNullable<ValidateFunction['errors']>[number],
): string => {
  const extra = (params as { additionalProperty?: string }).additionalProperty
  return `${titleOf(resource)}${instancePath}: ${message ?? 'is invalid'}${extra ? `: ${extra}` : ''}`
}
