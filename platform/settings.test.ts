import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  baseUrl,
  flag,
  integer,
  list,
  origins,
  password,
  port,
  profile,
  readSettings,
  text,
  topicName,
  url,
  username,
} from './settings.ts'

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
    ['url', url('the keys'), 'https://host:1/keys?a=b', 'https://host:1/keys?a=b'],
    ['url of a server', baseUrl('the proxy'), 'https://host:1/', 'https://host:1'],
    ['url of a server', baseUrl('the proxy'), 'http://host/path//', 'http://host/path'],
    ['username', username('x'), 'a b', 'a b'],
    ['topic name', topicName, 'a-b.c_1', 'a-b.c_1'],
    ['list', list, ' a, b ,', ['a', 'b']],
    ['origins', origins, 'http://localhost:5173, https://a.example', ['http://localhost:5173', 'https://a.example']],
    [
      'origins',
      origins,
      'http://localhost:3000/,HTTPS://A.Example:443',
      ['http://localhost:3000', 'https://a.example'],
    ],
    ['origins', origins, 'https://bücher.example,http://[::1]:80', ['https://xn--bcher-kva.example', 'http://[::1]']],
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
    ['url', url('the keys'), 'http://a:b@host', 'must not contain a username or password'],
    ['url', url('the keys'), 'http://a b', 'must be the URL of the keys, such as http://host:port'],
    [
      'url of a server',
      baseUrl('the proxy'),
      'http://host?a=b',
      'must not contain ? or #, because paths are appended to it',
    ],
    ['text', text('the issuer'), ' issuer', 'must not begin or end with blanks'],
    ['username', username('x'), 'a:b', 'must not contain a colon'],
    ['password', password('x'), 'pässword', 'must be printable ASCII characters'],
    ...['a topic', '.', '..', '__consumer_offsets', 'a/b', 'x'.repeat(201)].map(
      (name): [string, z.ZodType, string, string] => [
        'topic name',
        topicName,
        name,
        'must be a topic name: up to 200 letters, digits, dots, underscores and hyphens, not . or .. and not beginning with __',
      ],
    ),
    ...[
      'foo',
      'localhost:3000',
      'https://a.example/page',
      'https://a.example?',
      'http://a b',
      'file:///x',
      'null',
      '*',
    ].map((origin): [string, z.ZodType, string, string] => [
      'origins',
      origins,
      origin,
      `has ${origin}, which is not an origin; write scheme://host, such as http://localhost:5173`,
    ]),
    ['profile', profile, 'test', 'must be dev or production'],
  ])('$0 rejects $2', (_, schema, given, message) => {
    expect(schema.safeParse(given).error?.issues.map((issue) => issue.message)).toEqual([message])
  })
})
