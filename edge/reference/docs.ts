import { html } from 'hono/html'
import { curlOf, examplesIn, parametersOf } from './docs-curl.ts'
import { type Html, page, prose } from './docs-page.ts'
import { fieldsOf, nameIn, row } from './docs-schema.ts'
import type { Answer, Content, OpenApi, Operation, Parameter } from './document.ts'

interface Route {
  method: string
  path: string
  operation: Operation
}

/** The reference for people, drawn from the one for programs. */
export function docsPage(api: OpenApi, origin: string): Html {
  const groups = api.tags.map((tag) => ({ ...tag, routes: routesOf(api, tag.name) }))
  const body = html`<div class="layout">
    ${contents(groups)}
    <main>
      <h1>${api.info.title}</h1>
      <p>${api.info.description}</p>
      <p class="soft">
        For programs: <a href="/openapi.json">openapi.json</a>. What can go wrong: <a href="/problems">problems</a>.
      </p>
      ${groups.map(
        ({ name, description, routes }) =>
          html`<h2 id="${name}">${name}</h2>
            <p class="soft">${description}</p>
            ${routes.map((route) => article(api, origin, route))}`,
      )}
      ${schemas(api)}
    </main>
  </div>`
  return page(`${api.info.title} · Reference`, body)
}

const routesOf = ({ paths }: OpenApi, group: string): Route[] =>
  Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method, path, operation })))
    .filter(({ operation }) => operation.tags[0] === group)

const contents = (groups: { name: string; routes: Route[] }[]): Html =>
  html`<nav>
    ${groups.map(
      ({ name, routes }) =>
        html`<a class="group" href="#${name}">${name}</a>
          <ul>
            ${routes.map(
              ({ method, operation }) =>
                html`<li>
                  <a href="#${operation.operationId}">${badge(method)} ${operation.summary}</a>
                </li>`,
            )}
          </ul>`,
    )}
    <a class="group" href="#Schemas">Schemas</a>
  </nav>`

const badge = (method: string): Html => html`<span class="method ${method}">${method.toUpperCase()}</span>`

function article(api: OpenApi, origin: string, { method, path, operation }: Route): Html {
  const parameters = parametersOf(api, operation)
  return html`<article id="${operation.operationId}">
    <h3>${operation.summary}</h3>
    <p class="route">${badge(method)} <code>${path}</code> ${callers(operation)}</p>
    ${operation.description ? html`<p>${prose(operation.description)}</p>` : ''} ${takes(parameters)}
    ${bodyOf(api, operation)} ${answers(operation)} ${problems(operation)}
    <h4>Try it</h4>
    <pre>${curlOf(origin, method, path, operation, parameters)}</pre>
  </article>`
}

const callers = ({ 'x-roles': roles }: Operation): Html[] =>
  (roles ?? ['no token needed']).map((role) => html`<span class="chip">${role}</span>`)

const PLACES = [
  ['path', 'Path'],
  ['query', 'Query'],
  ['header', 'Headers'],
] as const

/** Headers are much the same everywhere: they are there for whoever looks. */
const takes = (parameters: Parameter[]): Html[] =>
  PLACES.map(([place, title]) => {
    const here = parameters.filter((one) => one.in === place)
    const rows = html`<dl class="rows">
      ${here.map(({ name, schema, required, description }) => row(name, schema, required, description))}
    </dl>`
    if (here.length === 0) return html``
    if (place !== 'header')
      return html`<h4>${title}</h4>
        ${rows}`
    return html`<h4>${title}</h4>
      <details>
        <summary>${here.map(({ name }) => name).join(', ')}</summary>
        ${rows}
      </details>`
  })

function bodyOf({ components }: OpenApi, { requestBody }: Operation): Html {
  const content = requestBody?.content['application/json']
  if (!content) return html``
  const schema = components.schemas[nameIn(content.schema['$ref'])!]!
  return html`<h4>Body${requestBody?.required ? '' : ' (may be left out)'}</h4>
    ${fieldsOf(schema)} ${examplesOf(content, true)}`
}

/** The first one of a body is open. */
const examplesOf = (content: Content, opened = false): Html[] =>
  examplesIn(content).map(
    ([name, value], i) =>
      html`<details ${opened && i === 0 ? 'open' : ''}>
        <summary>Example${name === 'example' ? '' : `: ${name}`}</summary>
        <pre>${JSON.stringify(value, null, 2)}</pre>
      </details>`,
  )

const answers = ({ responses }: Operation): Html =>
  html`<h4>Answers</h4>
    <dl class="rows">
      ${Object.entries(responses)
        .filter(([, { content = {} }]) => !('application/problem+json' in content))
        .map(([status, answer]) => answerRow(status, answer))}
    </dl>`

const answerRow = (status: string, { description, content = {} }: Answer): Html =>
  html`<dt>
      <code class="status s${status[0]}">${status}</code>
      ${Object.entries(content).map(([type, { schema }]) => kind(type, nameIn(schema['$ref'])))}
    </dt>
    <dd>${prose(description)} ${Object.values(content).flatMap((one) => examplesOf(one))}</dd>`

const kind = (type: string, name: string | undefined): Html =>
  name ? html`<a href="#schema-${name}">${name}</a> ` : html`<span class="soft">${type}</span> `

const problems = ({ 'x-problems': codes }: Operation): Html =>
  html`<h4>Problems</h4>
    <ul class="problems">
      ${codes.map(
        (code) =>
          html`<li>
            <a href="/problems/${code}"><code>${code}</code></a>
          </li>`,
      )}
    </ul>`

const schemas = ({ components }: OpenApi): Html =>
  html`<h2 id="Schemas">Schemas</h2>
    ${Object.entries(components.schemas).map(
      ([name, schema]) =>
        html`<article id="schema-${name}">
          <h3>${name}</h3>
          ${fieldsOf(schema)}
        </article>`,
    )}`
