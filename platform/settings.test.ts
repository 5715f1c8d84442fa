import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { flag, integer, list, origins, port, profile, readSettings, text, topicName, url } from './settings.ts'

const Schema = z.object({ PORT: port.default(80), NAME: text('the name'), TAGS: z.array(flag).optional() })

test('a schema reads the given settings, and defaults for the others', () => {
  expect(readSettings('The demo', Schema, { PORT: '', NAME: 'a', OTHER: 'b' })).toEqual({ PORT: 80, NAME: 'a' })
})

test('the error names every problem once, those between settings last', () => {
  const schema = Schema.extend({ TAGS: list.pipe(z.array(flag)) })
  expect(() => readSettings('The demo', schema, { PORT: 'x', TAGS: 'a,b' }, ['PORT and NAME differ'])).toThrow(
    [
      'The demo cannot start with this environment:',
      '  PORT must be a port from 0 (any free port) to 65535, not x',
      '  NAME is missing: the name',
      '  TAGS must be true or false',
      '  PORT and NAME differ',
    ].join('\n'),
  )
})

describe('a setting', () => {
  test.each<[what: string, schema: z.ZodType, given: unknown, value: unknown]>([
    ['integer', integer(1, 5), '5', 5],
    ['integer from a binding', integer(0, 5), 0, 0],
    ['flag', flag, 'true', true],
    ['flag', flag, 'false', false],
    ['url', url('the proxy'), 'https://host:1/', 'https://host:1/'],
    ['topic name', topicName, 'a-b.c_1', 'a-b.c_1'],
    ['list', list, ' a, b ,', ['a', 'b']],
    ['origins', origins, 'http://localhost:5173, https://a.example', ['http://localhost:5173', 'https://a.example']],
    ['profile', profile, undefined, 'production'],
  ])('$0 is read from text: $2', (_, schema, given, value) => {
    expect(schema.parse(given)).toEqual(value)
  })

  test.each<[string, z.ZodType, unknown, string]>([
    ['integer', integer(1, 5), '6', 'must be a whole number from 1 to 5, not 6'],
    ['integer', integer(1, 5), '0', 'must be a whole number from 1 to 5, not 0'],
    ['integer', integer(1, 5), '1.5', 'must be a whole number from 1 to 5, not 1.5'],
    ['integer', integer(0, 5), '-0', 'must be a whole number from 0 to 5, not -0'],
    ['port', port, '65536', 'must be a port from 0 (any free port) to 65535, not 65536'],
    ['flag', flag, 'perhaps', 'must be true or false'],
    ['url', url('the proxy'), 'ftp://host', 'must be the URL of the proxy, such as http://host:port'],
    ['url', url('the proxy'), undefined, 'is missing: the URL of the proxy'],
    ['topic name', topicName, 'a topic', 'must be a topic name of letters, digits, dots, underscores and hyphens'],
    ...['foo', 'http://localhost:5173/', 'https://a.example/page', '*'].map(
      (origin): [string, z.ZodType, string, string] => [
        'origins',
        origins,
        origin,
        `has ${origin}, which is not an origin; write scheme://host, such as http://localhost:5173`,
      ],
    ),
    ['profile', profile, 'test', 'must be dev or production'],
  ])('$0 rejects $2', (_, schema, given, message) => {
    expect(schema.safeParse(given).error?.issues.map((issue) => issue.message)).toEqual([message])
  })
})
