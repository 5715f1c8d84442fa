import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RequestBooking } from '../command.ts'
import { Id } from '../ids.ts'
import { forAll } from '../testing/for-all.ts'
import { request } from '../testing/samples.ts'
import type { Dialect } from './dialect.ts'
import type { DialectName } from './name.ts'
import { aliasesOf, decodeCommand, DIALECTS, encodeCommand, logMessagesOf, shareAlias } from './registry.ts'

const UUID = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'

describe('the aliases of a booking', () => {
  it('are its first 96 bits and its last 53 bits', () => {
    expect(aliasesOf(UUID)).toStrictEqual(['6d4b0e9c7a515f3e9c220d8f', String(0x9c220d8f4b7a1e55n % 2n ** 53n)])
  })

  it('are 24 hex digits and a safe integer', () => {
    forAll(fc.uuid(), (id) => {
      const [airbnb, hostly] = aliasesOf(id)
      expect(airbnb).toMatch(/^[0-9a-f]{24}$/)
      expect(Number.isSafeInteger(Number(hostly)) && Number(hostly) >= 0).toBe(true)
      expect(hostly).toBe(String(Number(hostly)))
    })
  })

  it('do not depend on the case and dashes of a UUID', () => {
    expect(aliasesOf(UUID.toUpperCase())).toStrictEqual(aliasesOf(UUID))
    expect(aliasesOf(UUID.replaceAll('-', ''))).toStrictEqual(aliasesOf(UUID))
  })

  it.each(['booking-1', '', `${UUID}0`])('do not exist for %j', (id) => {
    expect(aliasesOf(id)).toStrictEqual([])
  })
})

describe('two bookings', () => {
  it('share an alias when their first 24 digits are the same', () => {
    expect(shareAlias(UUID, `${UUID.slice(0, 28)}ffffffff`)).toBe(true)
    expect(shareAlias(UUID, `${UUID.slice(0, 27)}0${UUID.slice(28)}`)).toBe(false)
  })

  it('share an alias when their last 53 bits are the same', () => {
    const first64 = '00000000-0000-5000'
    expect(shareAlias(UUID, `${first64}-8002${UUID.slice(23)}`)).toBe(true)
    expect(shareAlias(UUID, `${first64}-8012${UUID.slice(23)}`)).toBe(false)
  })

  it('share no alias if one of them has none', () => {
    expect(shareAlias('booking-1', UUID)).toBe(false)
    expect(shareAlias('booking-1', 'booking-1')).toBe(false)
  })
})

describe.each(Object.entries<Dialect>(DIALECTS))('the dialect %s', (_, dialect) => {
  it('gives one alias to two ids only if their first 8 or last 12 characters are equal', () => {
    const digits = (length: number) =>
      fc.string({ unit: fc.constantFrom('0', 'f'), minLength: length, maxLength: length })
    const ids = fc.tuple(digits(8), digits(4), digits(4), digits(4), digits(12)).map((parts) => parts.join('-'))
    forAll(fc.tuple(ids, ids), ([one, other]) => {
      const alias = dialect.aliasOf?.(one) ?? null
      if (alias === null || alias !== dialect.aliasOf?.(other)) return
      expect(one.slice(0, 8) === other.slice(0, 8) || one.slice(-12) === other.slice(-12)).toBe(true)
      expect(shareAlias(one, other)).toBe(true)
    })
  })

  it('gives aliases in lower case', () => {
    forAll(fc.uuid(), (id) => {
      const alias = dialect.aliasOf?.(id) ?? null
      if (alias !== null) expect(Id.parse(alias)).toBe(alias.toLowerCase())
    })
  })
})

it.each(['lab2', 'airbnb'] as const)('only the dialect %s recognizes its own request', (name) => {
  const body = DIALECTS[name].encodeRequest(request())
  const all: [string, Dialect][] = Object.entries(DIALECTS)
  expect(all.filter(([, { recognize }]) => recognize?.(body)).map(([found]) => found)).toStrictEqual([name])
})

it.each([...Object.keys(DIALECTS), 'of-a-later-release'] as DialectName[])(
  'a booking of %s has log messages',
  (name) => {
    const { requested, updated } = logMessagesOf(name)
    expect([requested, updated('accepted'), updated('expired')]).toStrictEqual([
      '📤 Booking request published to Kafka',
      '📤 Booking ACCEPTED update published to Kafka',
      '📤 Booking CANCELLED update published to Kafka',
    ])
  },
)

it('reads a command whose request is still called a wish', () => {
  const { value, headers } = encodeCommand(request())
  const { command, ...body } = JSON.parse(value) as { command: RequestBooking }
  const { request: wish, ...rest } = command
  const older = { value: JSON.stringify({ ...body, command: { ...rest, wish } }), headers: new Map(headers) }
  expect(decodeCommand(older)).toStrictEqual(request())
})
