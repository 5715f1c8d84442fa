import { describe, expect, test } from 'vitest'
import { ROUTES } from '../routes/routes.ts'
import { bearer, credentialsFor, problemOf } from '../testing/edge.ts'

const request = { listingId: 'listing-123', checkIn: '2031-01-01', checkOut: '2031-01-03', guests: 2 }

async function post(body: RequestInit['body'], headers: Record<string, string> = {}, path = '/v1/bookings') {
  const sent = { 'Content-Type': 'application/json', ...(await bearer()), ...headers }
  return problemOf(path, {
    method: 'POST',
    headers: sent,
    body,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  })
}

describe('a request for a booking', () => {
  test.each<[string, object, string[]]>([
    ['an unknown field', { ...request, colour: 'red' }, ['/colour']],
    ['an operator for a database', { ...request, $where: '1' }, ['/$where']],
    ['a pointer that needs escapes', { ...request, 'a/b~c': 1 }, ['/a~1b~0c']],
    ['no guests', { ...request, guests: 0 }, ['/guests']],
    ['half a guest', { ...request, guests: 1.5 }, ['/guests']],
    ['text for a number', { ...request, guests: '2' }, ['/guests']],
    ['a day that does not exist', { ...request, checkIn: '2031-02-30' }, ['/checkIn']],
    ['a year of five digits', { ...request, checkOut: '99999-01-01' }, ['/checkOut']],
    ['an id with a NUL in it', { ...request, listingId: 'a\0b' }, ['/listingId']],
    ['an id that leads elsewhere', { ...request, listingId: '../v1' }, ['/listingId']],
    ['a price in no currency', { ...request, price: { amount: 1 } }, ['/price/currency']],
    ['no fields', {}, ['/listingId', '/checkIn', '/guests']],
    ['a list', [], ['']],
  ])('with %s returns 422 with a pointer', async (_, body, pointers) => {
    expect(await post(JSON.stringify(body))).toEqual({ status: 422, code: 'invalid_request', pointers })
  })

  test('with __proto__ is rejected', async () => {
    const { status, pointers } = await post(`{"__proto__":{"admin":true},${JSON.stringify(request).slice(1)}`)
    expect({ status, pointers }).toEqual({ status: 422, pointers: ['/__proto__'] })
  })

  test.each([
    ['of no nights', '2031-01-01'],
    ['that ends before it begins', '2030-12-31'],
    ['of more than a year', '2032-06-01'],
  ])('%s returns invalid_dates', async (_, checkOut) => {
    const problem = { status: 422, code: 'invalid_dates', pointers: ['/checkOut'] }
    expect(await post(JSON.stringify({ ...request, checkOut }))).toEqual(problem)
  })

  test.each(['', '{', 'null null', '{"a":1,}', '\0', '\r\n'])('that is not JSON returns 400: %j', async (text) => {
    expect(await post(text)).toMatchObject({ status: 400, code: 'malformed_json' })
  })

  test('with 7000 nested lists returns 422 like other bodies', async () => {
    expect((await post('['.repeat(7_000) + ']'.repeat(7_000))).status).toBe(422)
  })
})

describe.each(ROUTES.filter(({ body }) => body))('a body sent to $method $path', ({ method, path, access, flow }) => {
  const send = async (type: Record<string, string>) => {
    const authorization = await credentialsFor({ access, flow }, '{}')
    // Bytes, because a runtime adds a Content-Type to text.
    const body = new TextEncoder().encode('{}')
    return problemOf(path.replace(':id', 'some-id'), { method, headers: { ...authorization, ...type }, body })
  }

  test.each([
    ['no Content-Type', {}],
    ['an empty Content-Type', { 'Content-Type': '' }],
    ['the Content-Type of another format', { 'Content-Type': 'text/plain' }],
  ])('with %s returns 415', async (_, type) => {
    expect(await send(type)).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'application/merge-patch+json'])(
    'as %s is read',
    async (type) => expect((await send({ 'Content-Type': type })).status).not.toBe(415),
  )
})

describe('a body of more than 16 KiB', () => {
  const large = JSON.stringify({ ...request, specialRequests: 'x'.repeat(16 * 1024) })

  test('returns 413', async () => {
    expect(await post(large)).toMatchObject({ status: 413, code: 'body_too_large' })
  })

  test('in chunks returns 413 and is not read to its end', async () => {
    let taken = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        taken += 4_096
        controller.enqueue(new Uint8Array(4_096).fill(0x20))
      },
    })
    expect(await post(endless)).toMatchObject({ status: 413 })
    expect(taken).toBeLessThan(64 * 1024)
  })
})

test.each(['', 'x'.repeat(256), 'höher'])('the Idempotency-Key %j is rejected', async (key) => {
  const { status, pointers } = await post(JSON.stringify(request), { 'Idempotency-Key': key })
  expect({ status, pointers }).toEqual({ status: 422, pointers: ['Idempotency-Key'] })
})

test('an unexpected error returns a problem without its message', async () => {
  const response = await post(JSON.stringify(request))
  expect(response).toEqual({ status: 500, code: 'internal_error', pointers: [] })
})
