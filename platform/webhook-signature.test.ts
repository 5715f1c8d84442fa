import { describe, expect, it } from 'vitest'
import { COMMAND_KEYS } from './testing/command-keys.ts'
import { secretFrom, secretIn, WEBHOOK_TOLERANCE_MS, webhookSignerOf, webhookVerifierOf } from './webhook-signature.ts'

const NOW = 1_900_000_000_000
const SECRET = secretIn('whsec_test')
const BODY = '{"id":"evt_1","note":"Zürich 🏔"}'
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const sign = webhookSignerOf(SECRET)
const verify = webhookVerifierOf([SECRET])
const header = await sign(BODY, NOW)

describe('a signature of a webhook', () => {
  it("equals the provider's published scheme", async () => {
    // HMAC-SHA-256 of "1900000000.{}" with the key "whsec_test", by openssl dgst.
    expect(await sign('{}', NOW)).toBe(
      't=1900000000,v1=49ce984c15d76b50a9f61c0e6f8f366b09efb50a922116b0528fa10d87ead880',
    )
  })

  it('is valid for the signed bytes', async () => {
    expect(await verify(bytes(BODY), header, NOW)).toBeNull()
  })

  it('is wrong for every other body', async () => {
    for (let i = 0; i < bytes(BODY).length; i++) {
      const changed = bytes(BODY)
      changed[i]! ^= 1
      expect(await verify(changed, header, NOW)).toBe('wrong')
    }
    expect(await verify(bytes(`${BODY} `), header, NOW)).toBe('wrong')
  })

  it('is wrong with another time than the signed one', async () => {
    expect(await verify(bytes(BODY), header.replace('t=19', 't=019'), NOW)).toBe('wrong')
    expect(await verify(bytes(BODY), header.replace('t=1900000000', 't=1900000001'), NOW)).toBe('wrong')
  })

  it('is wrong if another secret signed', async () => {
    const other = await webhookSignerOf(secretIn('whsec_other'))(BODY, NOW)
    expect(await verify(bytes(BODY), other, NOW)).toBe('wrong')
  })

  it.each([-1, 1])('expires in either direction of time (%i)', async (direction) => {
    const at = (distanceMs: number) => verify(bytes(BODY), header, NOW + direction * distanceMs)
    expect(await at(WEBHOOK_TOLERANCE_MS)).toBeNull()
    expect(await at(WEBHOOK_TOLERANCE_MS + 1)).toBe('too old or from the future')
  })

  it('may be one of several, beside entries of other schemes', async () => {
    const [time, valid] = header.split(',')
    const wrong = `v1=${'0'.repeat(64)}`
    for (const entries of [
      `${wrong},${valid}`,
      `v0=abc, ${valid}`,
      `${valid},${wrong}`,
      `v1=short,${valid}`,
      `x,${valid}`,
    ])
      expect(await verify(bytes(BODY), `${time},${entries}`, NOW)).toBeNull()
    expect(await verify(bytes(BODY), `${time},${wrong},${wrong}`, NOW)).toBe('wrong')
  })

  it('of any known secret is valid', async () => {
    const both = webhookVerifierOf([secretIn('whsec_new'), SECRET])
    expect(await both(bytes(BODY), header, NOW)).toBeNull()
    expect(await webhookVerifierOf([])(bytes(BODY), header, NOW)).toBe('wrong')
  })

  it('must be there', async () => {
    expect(await verify(bytes(BODY), undefined, NOW)).toBe('missing')
  })

  it.each([
    '',
    't=1900000000',
    `v1=${'0'.repeat(64)}`,
    `t=,v1=${'0'.repeat(64)}`,
    `t=-1900000000,v1=${'0'.repeat(64)}`,
    `t=1e9,v1=${'0'.repeat(64)}`,
    `t=1900000000,t=1900000000,v1=${'0'.repeat(64)}`,
    `t=1900000000,v1=${'0'.repeat(63)}`,
    `t=1900000000,v1=${'g'.repeat(64)}`,
    `t=1900000000${`,v1=${'0'.repeat(64)}`.repeat(20)}`,
  ])('is malformed if the header is %s', async (malformed) => {
    expect(await verify(bytes(BODY), malformed, NOW)).toBe('malformed')
  })
})

describe('the secret derived from a command key', () => {
  const [key] = COMMAND_KEYS

  it('is the same on both sides', async () => {
    const signed = await webhookSignerOf(secretFrom(key!))(BODY, NOW)
    expect(await webhookVerifierOf([secretFrom(key!)])(bytes(BODY), signed, NOW)).toBeNull()
  })

  it('is not the command key, so a signature of a webhook signs no command', async () => {
    expect(await secretFrom(key!)()).not.toEqual(key!.secret)
  })
})
