/** The part of OpenAPI 3.1 that the reference uses. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonSchema = { readonly [keyword: string]: Json }
export type Reference = { readonly $ref: string }

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  description: string
  required: boolean
  schema: JsonSchema
  example?: string
}

export interface Header {
  description: string
  schema: JsonSchema
}

export interface Example {
  value: Json
}

export interface Content {
  schema: JsonSchema
  examples?: Record<string, Example | Reference>
}

export interface ResponseObject {
  description: string
  headers?: Record<string, Reference>
  content?: Record<string, Content>
}

export interface Operation {
  operationId: string
  tags: [string]
  summary: string
  description: string
  /** One entry for each role that may call it; empty: no token is needed. */
  security: Record<string, string[]>[]
  parameters: Reference[]
  requestBody?: { required: boolean; content: Record<string, Content> }
  responses: Record<string, ResponseObject>
  /** The problem codes among the responses. */
  'x-problems': readonly string[]
}

export interface OpenApi {
  openapi: '3.1.1'
  info: { title: string; version: string; summary: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  /** Every operation has its own; the viewer selects the first one for the whole page. */
  security: Operation['security']
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, JsonSchema>
    parameters: Record<string, Parameter>
    headers: Record<string, Header>
    examples: Record<string, Example>
    securitySchemes: Record<string, JsonSchema>
  }
}
