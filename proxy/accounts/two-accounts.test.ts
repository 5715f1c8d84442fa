import { describe, expect, test } from 'vitest'
import { as, openTestProxy, type TestProxy, valuesIn } from '../testing/test-proxy.ts'

const users = ['ann', 'ben'].map((username) => ({
  username,
  password: username,
  produce: [`${username}-*`],
  consume: [`${username}-*`],
  groups: [`${username}-*`],
}))

interface Attempt {
  method: 'GET' | 'POST'
  path: string
  body?: object
  /** The statuses that reject it. */
  rejected: readonly number[]
}

const here = { topic: 'ann-in', partition: 0 }
const at = { ...here, offset: 0 }

/** What `ben` tries on the topics, the group and the instance of `ann`; one entry at least for each route. */
const ATTEMPTS: Readonly<Record<string, readonly Attempt[]>> = {
  '/produce': [
    { method: 'POST', path: '/produce', body: { topic: 'ann-in', value: 'x' }, rejected: [403] },
    {
      method: 'POST',
      path: '/produce',
      body: [
        { topic: 'ben-in', value: 'x' },
        { ...here, value: 'x' },
      ],
      rejected: [403],
    },
  ],
  '/produce/{topic}': [{ method: 'POST', path: '/produce/ann-in', body: { value: 'x' }, rejected: [403] }],
  '/produce/{topic}/{message}': [{ method: 'GET', path: '/produce/ann-in/x', rejected: [403] }],
  '/webhook': [{ method: 'POST', path: '/webhook?topic=ann-in', body: {}, rejected: [403] }],
  '/consume/{group}/{instance}': [
    { method: 'POST', path: '/consume/ann-g/i', body: { topic: 'ann-in', timeout: 0 }, rejected: [403] },
    { method: 'POST', path: '/consume/ann-g/i', body: { topic: 'ben-in', timeout: 0 }, rejected: [403] },
    { method: 'POST', path: '/consume/ann-g/mine', body: { topic: 'ben-in', timeout: 0 }, rejected: [403] },
    { method: 'POST', path: '/consume/ben-g/i', body: { topics: ['ben-in', 'ann-in'], timeout: 0 }, rejected: [403] },
  ],
  '/consume/{group}/{instance}/{topic}': [
    { method: 'GET', path: '/consume/ann-g/i/ann-in?timeout=0', rejected: [403] },
    { method: 'GET', path: '/consume/ann-g/mine/ben-in?timeout=0', rejected: [403] },
    { method: 'GET', path: '/consume/ben-g/i/ann-in?timeout=0', rejected: [403] },
  ],
  '/stream/{group}/{instance}/{topic}': [
    { method: 'GET', path: '/stream/ann-g/i/ben-in', rejected: [403] },
    { method: 'GET', path: '/stream/ann-g/mine/ben-in', rejected: [403] },
    { method: 'GET', path: '/stream/ben-g/i/ann-in', rejected: [403] },
  ],
  '/commit/{group}/{instance}': [
    { method: 'POST', path: '/commit/ann-g/i', rejected: [403] },
    { method: 'POST', path: '/commit/ann-g/i', body: { ...at, offset: 1 }, rejected: [403] },
  ],
  '/delete-consumer/{group}/{instance}': [{ method: 'POST', path: '/delete-consumer/ann-g/i', rejected: [403] }],
  '/committed/{group}/{instance}': [
    { method: 'POST', path: '/committed/ann-g/i', body: { topic: 'ben-in', partition: 0 }, rejected: [403] },
    { method: 'POST', path: '/committed/ben-g/i', body: here, rejected: [403] },
  ],
  '/fetch': [{ method: 'POST', path: '/fetch', body: { ...at, timeout: 0 }, rejected: [403] }],
  '/offsets/{at}': [{ method: 'POST', path: '/offsets/latest', body: here, rejected: [403] }],
}

/** Routes that show only what the account may see. */
const LISTS = ['/topics', '/consumers']

async function open(): Promise<TestProxy> {
  const proxy = await openTestProxy({ users })
  await proxy.log.createTopics(['ann-in', 'ben-in'].map((topic) => ({ topic, partitions: 1 })))
  return proxy
}

const consume = ({ post }: TestProxy) =>
  post('/consume/ann-g/i', { topic: 'ann-in', timeout: 5000 }, { ...as('ann'), ...MANUAL })

const MANUAL = { 'Kafka-Auto-Offset-Reset': 'earliest', 'Kafka-Enable-Auto-Commit': 'false' }

describe('an account without rights on the topics and groups of another', () => {
  test('is rejected on every route, and changes nothing', async () => {
    const proxy = await open()
    const { fill, request, log } = proxy
    await fill('ann-in', 0, ['first', 'second'])
    expect(valuesIn(await consume(proxy))).toEqual(['first', 'second'])
    const results: [string, number, boolean][] = []
    for (const { method, path, body, rejected } of Object.values(ATTEMPTS).flat()) {
      const init = { method, headers: as('ben'), ...(body && { body: JSON.stringify(body) }) }
      const { status } = await request(path, init)
      results.push([path, status, rejected.includes(status)])
    }
    expect(results.filter(([, , isRejected]) => !isRejected)).toEqual([])
    expect(await log.committed('ann-g', 'ann-in')).toEqual([-1])
    expect(await log.bounds('ann-in')).toEqual([{ partition: 0, first: 0, end: 2 }])
    expect(await log.bounds('ben-in')).toEqual([{ partition: 0, first: 0, end: 0 }])
    const committed = await proxy.post('/commit/ann-g/i', undefined, as('ann'))
    expect(committed.status).toBe(200)
    expect(await log.committed('ann-g', 'ann-in')).toEqual([2])
  })

  test('sees none of them in lists', async () => {
    const proxy = await open()
    await proxy.fill('ann-in', 0, ['first'])
    await consume(proxy)
    const seen = async (path: string) => (await proxy.request(path, { headers: as('ben') })).json()
    expect([await seen('/topics'), await seen('/consumers')]).toEqual([{ 'ben-in': 1 }, []])
  })

  test('is tried on every route that needs credentials', async () => {
    const { app } = await open()
    const { paths } = (await (await app.request('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { security?: unknown[] }>>
    }
    const guarded = Object.entries(paths).filter(([, methods]) => Object.values(methods)[0]!.security === undefined)
    expect([...Object.keys(ATTEMPTS), ...LISTS].toSorted()).toEqual(guarded.map(([path]) => path).toSorted())
  })
})

describe('an instance belongs to the account that created it', () => {
  test.each(['ann', 'ben'])('also where both may use its topics and its group; created by %s', async (owner) => {
    const other = owner === 'ann' ? 'ben' : 'ann'
    const shared = { produce: ['*'], consume: ['*'], groups: ['shared'] }
    const proxy = await openTestProxy({ users: users.map((user) => ({ ...user, ...shared })) })
    const { request, fill, log } = proxy
    await fill('one', 0, ['a'])
    const ask = async (user: string | undefined, path: string, method = 'POST') =>
      (await request(path, { method, headers: user === undefined ? {} : { ...as(user), ...MANUAL } })).status
    expect(await ask(owner, '/consume/shared/i/one?timeout=5000')).toBe(200)
    for (const user of [other, undefined]) {
      expect(await ask(user, '/consume/shared/i/one?timeout=0')).toBe(403)
      expect(await ask(user, '/stream/shared/i/one', 'GET')).toBe(403)
      expect(await ask(user, '/commit/shared/i')).toBe(404)
      expect(await ask(user, '/delete-consumer/shared/i')).toBe(404)
    }
    expect(await log.committed('shared', 'one')).toEqual([-1])
    expect(await ask(owner, '/commit/shared/i')).toBe(200)
    expect(await log.committed('shared', 'one')).toEqual([1])
    expect(await ask(owner, '/delete-consumer/shared/i')).toBe(200)
    expect(await ask(other, '/consume/shared/i/one?timeout=0')).toBe(200)
  })
})

describe('groups named booking-* are the processor’s alone', () => {
  const group = 'booking-decisions'
  const open = () => openTestProxy({ users: [{ username: 'ann', password: 'ann', produce: [], consume: ['*'] }] })

  test.each([
    ['POST', `/consume/${group}/i`, { topic: 'bookings', timeout: 0 }],
    ['GET', `/consume/${group}/i/bookings?timeout=0`, undefined],
    ['GET', `/stream/${group}/i/bookings`, undefined],
    ['POST', `/commit/${group}/i`, { topic: 'bookings', partition: 0, offset: 0 }],
    ['POST', `/delete-consumer/${group}/i`, undefined],
    ['POST', `/committed/${group}/i`, { topic: 'bookings', partition: 0 }],
  ])('%s %s is rejected for every account', async (method, path, body) => {
    const { request } = await open()
    for (const headers of [{}, as('ann')]) {
      const response = await request(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ error: expect.stringContaining(`may not use group ${group}: `) })
    }
  })
})

test('an account without groups may use those that no other account is granted', async () => {
  const ann = { username: 'ann', password: 'ann', produce: [], consume: ['*'], groups: ['ann-*', 'common'] }
  const ben = { username: 'ben', password: 'ben', produce: [], consume: ['*'] }
  const { request } = await openTestProxy({ users: [ann, ben] })
  const ask = async (user: string, group: string) =>
    (await request(`/consume/${group}/${user}/one?timeout=0`, { headers: as(user) })).status
  expect([await ask('ann', 'ann-g'), await ask('ann', 'common'), await ask('ann', 'g')]).toEqual([200, 200, 403])
  expect([await ask('ben', 'ann-g'), await ask('ben', 'common'), await ask('ben', 'g')]).toEqual([403, 403, 200])
})
