import { z } from 'zod'
import { Actor } from '#domain/actor.ts'
import { Status } from '#domain/booking.ts'
import { SentTimeZone } from '#domain/civil.ts'
import { Kind } from '#domain/kinds.ts'
import { Currency, Money } from '#domain/money.ts'
import { ConfirmationPolicy } from '#domain/policies.ts'
import type { RouteGroup } from '../routes/route.ts'
import type { JsonSchema, Reference } from './document.ts'
import { Problem } from './responses.ts'

/** Schemas that several groups use, beside those of each group. */
const SHARED = { Currency, Money, Status, Kind, ConfirmationPolicy, TimeZone: SentTimeZone, Actor, Problem }

export interface NamedSchemas {
  /** A reference to a component. @throws if no group names the schema */
  refTo: (schema: z.ZodType) => Reference
  /** The schemas that routes validate with: bodies as clients send them, responses as clients get them. */
  components: () => Record<string, JsonSchema>
}

const pathOf = (name: string): string => `#/components/schemas/${name}`

/** @throws if two schemas have one name */
export function namedSchemas(groups: readonly RouteGroup[]): NamedSchemas {
  const registry: Registry = z.registry()
  const named = new Map<string, z.ZodType>()
  for (const schemas of [SHARED, ...groups.map(({ schemas }) => schemas)]) {
    for (const [name, schema] of Object.entries<z.ZodType>(schemas)) {
      if (named.has(name)) throw new Error(`two schemas of the reference have the name ${name}`)
      named.set(name, schema)
      registry.add(schema, { id: name })
    }
  }
  return {
    refTo(schema) {
      const name = registry.get(schema)?.id
      if (!name) throw new Error('a schema of a route has no name: name it in the schemas of its group')
      return { $ref: pathOf(name) }
    },
    components() {
      const bodies = new Set(groups.flatMap(({ routes }) => routes.map(({ body }) => body?.schema)))
      const [sent, returned] = [translate(registry, 'input'), translate(registry, 'output')]
      return Object.fromEntries(
        [...named].map(([name, schema]) => [name, (bodies.has(schema) ? sent : returned)[name]!]),
      )
    },
  }
}

type Registry = z.core.$ZodRegistry<{ id: string }>

function translate(registry: Registry, io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, { io, uri: pathOf, override: clarify })
  const finished = (schema: object) => (io === 'input' ? withNulls(bare(schema)) : bare(schema))
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, finished(schema)]))
}

/** A schema for a parameter or header. */
export const inline = (schema: z.ZodType): JsonSchema =>
  bare(z.toJSONSchema(schema, { io: 'input', override: clarify }))

const bare = ({ $schema: _dialect, $id: _id, ...schema }: object & { $schema?: unknown; $id?: unknown }): JsonSchema =>
  schema

type Translated = { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }

/** In a body, null means that an optional field is absent. Bodies share fields, so this follows the translation. */
function withNulls(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema)) return schema.map((item) => withNulls(item as JsonSchema)) as unknown as JsonSchema
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, withNulls(part as JsonSchema)]))
  const { properties, required = [] } = inner as z.core.JSONSchema.BaseSchema
  for (const [name, field] of Object.entries(properties ?? {})) {
    if (required.includes(name) || typeof field === 'boolean' || acceptsNull(field)) continue
    const { description, default: byDefault, readOnly, ...given } = field
    properties![name] = {
      ...(description !== undefined && { description }),
      ...(byDefault !== undefined && { default: byDefault }),
      ...(readOnly && { readOnly }),
      anyOf: [given, { type: 'null' }],
    }
  }
  return inner
}

const acceptsNull = ({ anyOf }: z.core.JSONSchema.BaseSchema): boolean =>
  anyOf?.some((option) => typeof option === 'object' && option.type === 'null') ?? false

/** Adds the descriptions of fields and removes noise: patterns of dates, and limits of integers. */
function clarify({ zodSchema, jsonSchema }: Translated): void {
  const description = z.globalRegistry.get(zodSchema)?.description
  if (description) jsonSchema.description = description
  if (jsonSchema.format === 'date' || jsonSchema.format === 'date-time') delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
