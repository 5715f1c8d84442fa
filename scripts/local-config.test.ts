import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { readLocalConfig } from './local-config.ts'

test('.env.example says what is the default, and all of it', () => {
  const example = parseEnv(readFileSync(new URL('../.env.example', import.meta.url), 'utf8')) as Record<string, string>
  const defaults = readLocalConfig({})
  expect(readLocalConfig(example)).toEqual(defaults)
  expect(Object.keys(example).sort()).toEqual(Object.keys(defaults).sort())
})

test('every fault is named at once', () => {
  const env = { EDGE_PORT: 'x', PROCESSOR_ROLES: 'decisions,cooking', ALLOW_PAST_DATES: 'perhaps' }
  expect(() => readLocalConfig(env)).toThrow(
    /EDGE_PORT: .*\n {2}PROCESSOR_ROLES: must be .*\n {2}ALLOW_PAST_DATES: must be/,
  )
})

test('groups are chosen by name', () => {
  expect(readLocalConfig({ PROCESSOR_ROLES: 'none' }).PROCESSOR_ROLES).toEqual([])
  expect(readLocalConfig({ PROCESSOR_ROLES: 'views, analytics' }).PROCESSOR_ROLES).toEqual(['views', 'analytics'])
  expect(readLocalConfig({ PROCESSOR_ROLES: '' }).PROCESSOR_ROLES).toHaveLength(4)
})
