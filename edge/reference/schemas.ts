import { z } from 'zod'
import { Actor } from '#domain/actor.ts'
import { BookingRequest, PublicBooking as Booking, Status } from '#domain/booking.ts'
import { DecisionReason } from '#domain/command.ts'
import { AirbnbNewProperty, AirbnbPropertyChanges, AirbnbRequest } from '#domain/dialects/airbnb.ts'
import { Lab2Request } from '#domain/dialects/lab2.ts'
import { Kind } from '#domain/kinds.ts'
import { Listing, ListingChanges, ListingDraft } from '#domain/listing.ts'
import { ConfirmationPolicy } from '#domain/policies.ts'
import { Money } from '#domain/money.ts'
import { Health } from '#platform/health.ts'
import * as answers from './responses.ts'
import type { JsonSchema } from './document.ts'

const BODIES = {
  BookingRequest,
  DecisionReason,
  ListingDraft,
  ListingChanges,
  Lab2BookingRequest: Lab2Request,
  AirbnbBookingRequest: AirbnbRequest,
  AirbnbNewProperty,
  AirbnbPropertyChanges,
  UnitPrice: ListingDraft.shape.price,
}

const ANSWERS = { Booking, Listing, Money, Status, Kind, ConfirmationPolicy, Actor, Health, ...answers }

const registry = z.registry<{ id: string }>()
const named = Object.entries<z.ZodType>({ ...BODIES, ...ANSWERS })
for (const [id, schema] of named) registry.add(schema, { id })

const pathOf = (name: string): string => `#/components/schemas/${name}`

/** A schema that has a name among the components, by that name. */
export function refTo(schema: z.ZodType): { $ref: string } {
  const name = registry.get(schema)?.id
  if (!name) throw new Error('a schema of the reference has no name in edge/reference/schemas.ts')
  return { $ref: pathOf(name) }
}

/** The same schemas that the routes validate with: bodies as they are sent, answers as they are told. */
export function componentSchemas(): Record<string, JsonSchema> {
  const sent = translate('input')
  const told = translate('output')
  return Object.fromEntries(named.map(([name]) => [name, (name in BODIES ? sent : told)[name]!]))
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

/** Adds what the fields say of themselves, and leaves out what says less than it costs to read. */
function clarify({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }) {
  const description = z.globalRegistry.get(zodSchema)?.description
  if (description) jsonSchema.description = description
  if (jsonSchema.format === 'date' || jsonSchema.format === 'date-time') delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
