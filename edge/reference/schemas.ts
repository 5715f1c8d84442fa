import { z } from 'zod'
import { Actor } from '#domain/actor.ts'
import { BookingRequest, PublicBooking as Booking, Status } from '#domain/booking.ts'
import { DecisionReason } from '#domain/command.ts'
import { AirbnbNewProperty, AirbnbPropertyChanges, AirbnbRequest } from '#domain/dialects/airbnb.ts'
import { Lab2Request } from '#domain/dialects/lab2.ts'
import { Kind } from '#domain/kinds.ts'
import { Listing, ListingDraft, ListingUpdate } from '#domain/listing.ts'
import { ConfirmationPolicy } from '#domain/policies.ts'
import { Currency, Money } from '#domain/money.ts'
import { Health } from '#platform/health.ts'
import * as responses from './responses.ts'
import type { JsonSchema } from './document.ts'

const BODIES = {
  BookingRequest,
  DecisionReason,
  ListingDraft,
  ListingUpdate,
  Lab2BookingRequest: Lab2Request,
  AirbnbBookingRequest: AirbnbRequest,
  AirbnbNewProperty,
  AirbnbPropertyChanges,
  Currency,
  UnitPrice: ListingDraft.shape.price,
}

const RESPONSES = { Booking, Listing, Money, Status, Kind, ConfirmationPolicy, Actor, Health, ...responses }

const registry = z.registry<{ id: string }>()
const named = Object.entries<z.ZodType>({ ...BODIES, ...RESPONSES })
for (const [id, schema] of named) registry.add(schema, { id })

const pathOf = (name: string): string => `#/components/schemas/${name}`

/** A reference to a component. @throws if the schema has no name in the lists above */
export function refTo(schema: z.ZodType): { $ref: string } {
  const name = registry.get(schema)?.id
  if (!name) throw new Error('a schema of the reference has no name in edge/reference/schemas.ts')
  return { $ref: pathOf(name) }
}

/** The schemas that routes validate with: bodies as clients send them, responses as clients get them. */
export function componentSchemas(): Record<string, JsonSchema> {
  const sent = translate('input')
  const returned = translate('output')
  return Object.fromEntries(named.map(([name]) => [name, (name in BODIES ? sent : returned)[name]!]))
}

function translate(io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, { io, uri: pathOf, override: clarify })
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, bare(schema)]))
}

/** A schema for a parameter or header. */
export const inline = (schema: z.ZodType): JsonSchema =>
  bare(z.toJSONSchema(schema, { io: 'input', override: clarify }))

const bare = ({ $schema: _dialect, $id: _id, ...schema }: object & { $schema?: unknown; $id?: unknown }): JsonSchema =>
  schema

/** Adds the descriptions of fields and removes noise: patterns of dates, and limits of integers. */
function clarify({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }) {
  const description = z.globalRegistry.get(zodSchema)?.description
  if (description) jsonSchema.description = description
  if (jsonSchema.format === 'date' || jsonSchema.format === 'date-time') delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
