import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Compares docs/ with the repository. */

const ROOT = join(import.meta.dirname, '../..')
const DOCS = join(ROOT, 'docs')
const pages = readdirSync(DOCS).map((name) => [name, readFileSync(join(DOCS, name), 'utf8')] as const)
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** Commands that npm has without a script. */
const NPM_COMMANDS: ReadonlySet<string> = new Set(['ci'])

/** The anchors that GitHub makes of headings. */
const anchorsIn = (text: string): string[] =>
  Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )

describe.each(pages)('docs/%s', (_, text) => {
  test('names only existing commands', () => {
    const named = Array.from(text.matchAll(/\bnpm (?:run (?:-s )?)?([a-z][\w:-]*)/g), ([, name]) => name!)
    expect(named.filter((name) => !(name in scripts) && !NPM_COMMANDS.has(name))).toEqual([])
  })

  test('names only existing files', () => {
    const named = Array.from(text.matchAll(/\b(?:k8s|edge|docs|scripts)\/[\w./-]*\w/g), ([path]) => path)
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test('links to existing pages and headings', () => {
    const links = Array.from(text.matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g), ([, page = '', anchor]) => ({
      page,
      anchor,
    }))
    for (const { page, anchor } of links) {
      const target = page === '' ? text : readFileSync(join(DOCS, page), 'utf8')
      if (anchor !== undefined) expect(anchorsIn(target)).toContain(anchor)
    }
  })
})

test('the runbook covers every issue in the troubleshooting section of lab2', () => {
  const runbook = readFileSync(join(DOCS, 'runbook.md'), 'utf8')
  const issues = [
    'Consumer not receiving messages',
    'Producer send failures',
    'High consumer lag',
    'Messages out of order',
  ]
  expect(issues.filter((issue) => !runbook.includes(issue))).toEqual([])
})

test('operate.md scales every processor of production down, and each back up', () => {
  const production = join(ROOT, 'k8s/overlays/production')
  const processors = readdirSync(production, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => readFileSync(join(production, name, 'kustomization.yaml'), 'utf8').includes('../../../processor'))
  const operate = readFileSync(join(DOCS, 'operate.md'), 'utf8')
  const scaled = (replicas: string) =>
    Array.from(
      operate.matchAll(new RegExp(`scale deployment ([a-z ]+) --replicas=${replicas}\\b`, 'g')),
      ([, names]) => names!,
    )
  expect(scaled('0')[0]!.split(' ').sort()).toEqual(processors.sort())
  expect(scaled('[1-9]')).toEqual(scaled('0'))
})

test('deploy.md lists the rights of each Kafka user', () => {
  const access = readFileSync(join(ROOT, 'k8s/overlays/production/access.sh'), 'utf8')
  const [, users] = /for user in (.*); do/.exec(access)!
  const deploy = readFileSync(join(DOCS, 'deploy.md'), 'utf8')
  for (const user of users!.split(' ')) expect(deploy).toContain(`| \`${user}\` `)
})
