import { html } from 'hono/html'
import { type Html, prose } from './docs-page.ts'
import type { Json, JsonSchema } from './document.ts'

/** The fields of an object, one by one; of anything else what it may be. */
export function fieldsOf(schema: JsonSchema): Html {
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined
  if (!properties) return html`<p>${typeOf(schema)}</p>`
  const needed = new Set(schema['required'] as string[] | undefined)
  return html`<dl class="rows">
    ${Object.entries(properties).map(([name, field]) => row(name, field, needed.has(name)))}
  </dl>`
}

/** A field, a parameter: its name and what it may be on one side, what it is for on the other. */
export const row = (name: string, schema: JsonSchema, required: boolean, description?: string): Html =>
  html`<dt><code>${name}</code>${required ? '' : html` <span class="soft">optional</span>`}</dt>
    <dd>
      ${prose(description ?? text(schema['description']))}
      <div class="soft">${typeOf(schema)}</div>
    </dd>`

/** In words: `integer, 1 to 100, by default 20`. Schemas that have a name are linked. */
function typeOf(schema: JsonSchema): Html {
  const either = schema['anyOf'] as JsonSchema[] | undefined
  const kind = either ? joined(either.map(typeOf), ' or ') : kindOf(schema)
  return joined([kind, ...limitsOf(schema).map((limit) => html`${limit}`)], ', ')
}

function kindOf(schema: JsonSchema): Html {
  const name = nameIn(schema['$ref'])
  if (name) return html`<a href="#schema-${name}">${name}</a>`
  const options = schema['enum'] as Json[] | undefined
  if (options) return joined(options.map(code), ', ')
  if ('const' in schema) return code(schema['const'])
  if (schema['type'] === 'array') return html`list of ${typeOf(schema['items'] as JsonSchema)}`
  if (schema['type'] === 'object' && schema['properties']) {
    return html`object with ${joined(Object.keys(schema['properties']).map(code), ', ')}`
  }
  const types = [schema['type'] ?? 'anything'].flat().map(text)
  return html`${schema['format'] ? text(schema['format']) : types.join(' or ')}`
}

function limitsOf(schema: JsonSchema): string[] {
  const range = rangeOf(schema['minimum'], schema['maximum'])
  const length = rangeOf(schema['minLength'], schema['maxLength'])
  return [
    range,
    length && `${length} characters`,
    'default' in schema && schema['default'] !== null ? `by default ${text(schema['default'])}` : '',
  ].filter((limit) => limit !== '')
}

function rangeOf(least?: Json, most?: Json): string {
  if (least !== undefined && most !== undefined) return `${text(least)} to ${text(most)}`
  if (least !== undefined) return `at least ${text(least)}`
  return most === undefined ? '' : `at most ${text(most)}`
}

const code = (value: Json | undefined): Html => html`<code>${text(value)}</code>`
const text = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

const joined = (parts: Html[], separator: string): Html =>
  html`${parts.flatMap((part, i) => (i === 0 ? [part] : [html`${separator}`, part]))}`

/** The name of a component, from a reference to it. */
export const nameIn = (ref: Json | undefined): string | undefined =>
  typeof ref === 'string' ? ref.split('/').at(-1) : undefined
