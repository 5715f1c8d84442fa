import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PROXY_VARIABLES, readProxyConfig } from './config.ts'
import { LIMITS } from './limits.ts'

const env = { UPSTASH_KAFKA_REST_USERNAME: 'proxy', UPSTASH_KAFKA_REST_PASSWORD: 'secret' }

const problemsOf = (given: Record<string, string>): string[] => {
  try {
    readProxyConfig(given)
    return []
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1)
  }
}

/** A file of the current test. */
function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, text)
  return file
}

describe('the configuration', () => {
  test('has defaults for everything except the credentials', () => {
    expect(readProxyConfig(env)).toEqual({
      port: 8082,
      credentials: { username: 'proxy', password: 'secret' },
      users: [],
      origins: [],
      topics: [],
      logRequests: 'failed',
      limits: LIMITS,
      log: { DATA_DIR: '.data' },
    })
  })

  test('reads the given variables, and ignores empty ones', () => {
    const given = { PROFILE: 'dev', PROXY_PORT: '0', DATA_DIR: '/data', KAFKA_BROKERS: '', PROXY_MAX_WAITING: '5' }
    expect(readProxyConfig({ ...env, ...given })).toMatchObject({
      port: 0,
      logRequests: 'all',
      limits: { waiting: 5 },
      log: { DATA_DIR: '/data' },
    })
    expect(readProxyConfig({ ...env, KAFKA_BROKERS: 'a:1,b:2' }).log.KAFKA_BROKERS).toEqual(['a:1', 'b:2'])
  })

  test('reads topics with their numbers of partitions', () => {
    expect(readProxyConfig({ ...env, PROXY_TOPICS: 'red:1, green:3' }).topics).toEqual([
      { topic: 'red', partitions: 1 },
      { topic: 'green', partitions: 3 },
    ])
    expect(problemsOf({ ...env, PROXY_TOPICS: 'red,green:0,a b:1' })).toEqual([
      expect.stringMatching(/^PROXY_TOPICS contains "red"/),
      expect.stringMatching(/^PROXY_TOPICS contains "green:0"/),
      expect.stringMatching(/^PROXY_TOPICS contains "a b:1"/),
    ])
    expect(problemsOf({ ...env, PROXY_TOPICS: 'red:1,..:1,red:2' })).toEqual([
      expect.stringMatching(/^PROXY_TOPICS contains "\.\.:1"; each topic must be a name/),
      'PROXY_TOPICS contains "red:2"; the topic has two entries',
    ])
  })

  test('lists every problem at once', () => {
    const wrong = { UPSTASH_KAFKA_REST_USERNAME: 'a:b', PROXY_PORT: 'many', PROFILE: 'test', KAFKA_BROKERS: 'nowhere' }
    expect(problemsOf({ ...wrong, KAFKA_SASL_USERNAME: 'me' })).toEqual([
      expect.stringMatching(/^PROFILE must be/),
      expect.stringMatching(/^PROXY_PORT must be a port from 0/),
      expect.stringMatching(/^UPSTASH_KAFKA_REST_USERNAME must not contain a colon/),
      expect.stringMatching(/^UPSTASH_KAFKA_REST_PASSWORD is missing/),
      expect.stringMatching(/^KAFKA_BROKERS must be host:port/),
      expect.stringMatching(/^KAFKA_SASL_MECHANISM is missing/),
      expect.stringMatching(/^KAFKA_SASL_PASSWORD/),
    ])
  })

  test('refuses publicly known passwords in production, and accepts them in dev', () => {
    const known = {
      UPSTASH_KAFKA_REST_USERNAME: 'reservoir',
      UPSTASH_KAFKA_REST_PASSWORD: 'reservoir-dev',
      PROXY_USERS: JSON.stringify([{ username: 'ann', password: 'reservoir-dev', produce: ['red'] }]),
    }
    expect(problemsOf({ ...known, PROFILE: 'dev' })).toEqual([])
    for (const production of [known, { ...known, PROFILE: '' }, { ...known, PROFILE: 'production' }])
      expect(problemsOf(production)).toEqual([
        'UPSTASH_KAFKA_REST_PASSWORD contains a publicly known secret of trials; set your own',
        'PROXY_USERS contains a publicly known secret of trials; set your own',
      ])
    const { PROXY_USERS, ...others } = known
    const kafka = { KAFKA_BROKERS: 'kafka:9092', KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'ann' }
    const files = { PROXY_USERS_FILE: fileOf(PROXY_USERS), KAFKA_SASL_PASSWORD_FILE: fileOf('reservoir-dev\n') }
    expect(problemsOf({ ...others, ...kafka, ...files, UPSTASH_KAFKA_REST_PASSWORD: 'own' })).toEqual([
      'PROXY_USERS_FILE contains a publicly known secret of trials; set your own',
      'KAFKA_SASL_PASSWORD_FILE contains a publicly known secret of trials; set your own',
    ])
    expect(problemsOf({ ...others, ...kafka, ...files, PROFILE: 'dev' })).toEqual([])
  })

  test('listens on this computer alone in dev, on every address in production, and where LISTEN_HOST says', () => {
    const hostOf = (given: Record<string, string>) => readProxyConfig({ ...env, ...given }).hostname
    expect(hostOf({ PROFILE: 'dev' })).toBe('localhost')
    expect(hostOf({})).toBeUndefined()
    for (const PROFILE of ['dev', 'production'])
      for (const LISTEN_HOST of ['localhost', '0.0.0.0', '::'])
        expect(hostOf({ PROFILE, LISTEN_HOST })).toBe(LISTEN_HOST)
    expect(problemsOf({ ...env, LISTEN_HOST: 'everywhere' })).toEqual([expect.stringMatching(/^LISTEN_HOST must be /)])
  })

  test('exports the names of all its variables', () => {
    expect(PROXY_VARIABLES).toEqual(expect.arrayContaining(['PROXY_PORT', 'PROXY_USERS_FILE', 'KAFKA_BROKERS']))
  })
})

describe('users', () => {
  const users = [{ username: 'shop', password: 'key', produce: ['orders', 'shop-*'] }]
  const granted = [{ ...users[0], consume: [] }]

  test('are read from a variable or from a file', () => {
    const file = fileOf(JSON.stringify(users))
    expect(readProxyConfig({ ...env, PROXY_USERS: JSON.stringify(users) }).users).toEqual(granted)
    expect(readProxyConfig({ ...env, PROXY_USERS_FILE: file }).users).toEqual(granted)
    expect(problemsOf({ ...env, PROXY_USERS_FILE: file, PROXY_USERS: '[]' })).toEqual([
      'PROXY_USERS and PROXY_USERS_FILE are both set; set only one',
    ])
    expect(problemsOf({ ...env, PROXY_USERS_FILE: `${file}.gone` })).toEqual([expect.stringMatching(/cannot be read/)])
  })

  const wrong: [what: string, users: unknown, problem: RegExp][] = [
    ['no list of users', { username: 'a' }, /^PROXY_USERS must be a list of users$/],
    ['no user', ['a:hidden'], /^PROXY_USERS 0 must be a user: an object with username and password$/],
    ['no password', [{ username: 'a' }], /^PROXY_USERS 0\.password is missing: it must be text that is not empty$/],
    [
      'a number as password',
      [{ username: 'a', password: 4711 }],
      /^PROXY_USERS 0\.password must be text that is not empty$/,
    ],
    [
      'an empty username',
      [{ username: '', password: 'hidden' }],
      /^PROXY_USERS 0\.username must be text that is not empty$/,
    ],
    [
      'one topic',
      [{ username: 'a', password: 'hidden', produce: 'red' }],
      /^PROXY_USERS 0\.produce must be a list of topics$/,
    ],
    ['an empty topic', [{ username: 'a', password: 'hidden', produce: [''] }], /0\.produce\.0 must be a topic name/],
    [
      'a number as group',
      [{ username: 'a', password: 'hidden', groups: [1] }],
      /^PROXY_USERS 0\.groups\.0 must be text$/,
    ],
    ['a colon in a name', [{ username: 'a:b', password: 'hidden' }], /0\.username must not contain a colon/],
    [
      'a star in the middle',
      [{ username: 'a', password: 'hidden', produce: ['a*b'] }],
      /0\.produce\.0 must be a topic name/,
    ],
    [
      'an unknown field',
      [{ username: 'a', password: 'hidden', admin: true }],
      /^PROXY_USERS 0 has the unknown field "admin"; /,
    ],
    [
      'a duplicate username',
      [
        { username: 'a', password: 'hidden' },
        { username: 'a', password: 'hidden' },
      ],
      /contains the username a twice/,
    ],
    ['the name of the full-access account', [{ username: 'proxy', password: 'hidden' }], /is also the name of a user/],
  ]
  test.each(wrong)('with %s are rejected without showing a password', (_, users, problem) => {
    const problems = problemsOf({ ...env, PROXY_USERS: JSON.stringify(users) })
    expect(problems).toEqual([expect.stringMatching(problem)])
    expect(problems.join('\n')).not.toMatch(/hidden|4711/)
  })

  test('that are not JSON are rejected without showing a password', () => {
    expect(problemsOf({ ...env, PROXY_USERS: '[{"password":"hidden"' })).toEqual([
      'PROXY_USERS must be JSON, such as [{"username":"ann","password":"…","consume":["red*"]}]',
    ])
  })

  test('rejects grants on the groups of the processor', () => {
    const users = (groups: string[]) => JSON.stringify([{ username: 'ann', password: 'a', groups }])
    expect(readProxyConfig({ ...env, PROXY_USERS: users(['shop-*', 'bookings']) }).users).toMatchObject([
      { groups: ['shop-*', 'bookings'] },
    ])
    for (const group of ['booking-*', 'booking-decisions', 'booking-x*']) {
      expect(problemsOf({ ...env, PROXY_USERS: users([group]) })).toEqual([
        'PROXY_USERS 0.groups.0 must not begin with booking-: those groups belong to the processor',
      ])
    }
  })

  test('rejects a limit of pending bytes of which one account could not send a body', () => {
    expect(problemsOf({ ...env, PROXY_MAX_BODY_BYTES: '5000', PROXY_MAX_PENDING_BYTES: '9999' })).toEqual([
      'PROXY_MAX_PENDING_BYTES must be at least twice PROXY_MAX_BODY_BYTES: one account gets half of it',
    ])
  })
})
