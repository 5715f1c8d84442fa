import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { remoteKeys } from '../remote-keys.ts'
import { createSigner } from '../testing/signer.ts'
import { authenticate } from '../tokens.ts'

const signer = await createSigner()
const Claims = z.object({ sub: z.string() })

/** An issuer on a port of its own, and a clock that stands still until it is moved. */
async function startIssuer() {
  const issuer = { keys: [signer.publicJwk], status: 200, requests: 0 }
  const server = createServer((_, response) => {
    issuer.requests++
    response.writeHead(issuer.status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ keys: issuer.keys }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  onTestFinished(stop)
  const clock = { now: 1_000_000 }
  const { find, fault } = remoteKeys(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => clock.now)
  const check = async (token = signer.sign()) =>
    authenticate(`Bearer ${await token}`, { ...signer.tokens, keys: find }, Claims)
  return Object.assign(issuer, { clock, fault, check, stop })
}

const unavailable = { document: { status: 503, code: 'keys_unavailable' } }
const unauthenticated = { document: { status: 401, code: 'unauthenticated' } }
const unknownKey = () => signer.sign({}, { kid: 'k2' })

test('the keys are fetched once for many tokens', async () => {
  const issuer = await startIssuer()
  await Promise.all([issuer.check(), issuer.check()])
  await issuer.check()
  expect(issuer.requests).toBe(1)
})

type Issuer = Awaited<ReturnType<typeof startIssuer>>

test.each<[string, (issuer: Issuer) => void]>([
  ['responds 500', (issuer) => void (issuer.status = 500)],
  ['refuses connections', (issuer) => issuer.stop()],
])('while the issuer %s, the known keys remain valid', async (_, fail) => {
  const issuer = await startIssuer()
  await issuer.check()
  fail(issuer)
  for (let hour = 0; hour < 2; hour++) {
    issuer.clock.now += 3_600_000
    expect(await issuer.check()).toEqual({ sub: 'traveler-1' })
  }
  expect(await issuer.fault()).toBeUndefined()
})

test('without a known key, an issuer that fails makes the token unverifiable, not invalid', async () => {
  const issuer = await startIssuer()
  issuer.status = 500
  await expect(issuer.check()).rejects.toMatchObject(unavailable)
  expect(await issuer.fault()).toMatch(/JWT_JWKS_URL/)
  expect(issuer.requests, 'the issuer is asked again only after a pause').toBe(1)
  issuer.status = 200
  issuer.clock.now += 2_000
  expect(await issuer.check()).toEqual({ sub: 'traveler-1' })
  expect(await issuer.fault()).toBeUndefined()
})

test('a rotated key is found when a token names it, and unknown keys do not flood the issuer', async () => {
  const issuer = await startIssuer()
  await issuer.check()
  for (const _ of [1, 2, 3]) await expect(issuer.check(unknownKey())).rejects.toMatchObject(unauthenticated)
  expect(issuer.requests).toBe(1)

  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  issuer.keys = [signer.publicJwk, { ...(await exportJWK(publicKey)), kid: 'k2', alg: 'EdDSA' }]
  issuer.clock.now += 30_000
  expect(await issuer.check(signer.sign({}, { kid: 'k2' }, privateKey))).toEqual({ sub: 'traveler-1' })
  expect(issuer.requests).toBe(2)
})

test('a token with an unknown key cannot be judged while the issuer fails', async () => {
  const issuer = await startIssuer()
  await issuer.check()
  issuer.status = 500
  issuer.clock.now += 30_000
  await expect(issuer.check(unknownKey())).rejects.toMatchObject(unavailable)
  expect(await issuer.check(), 'a known key is still valid').toEqual({ sub: 'traveler-1' })
})

test('a withdrawn key is trusted no longer than ten minutes', async () => {
  const issuer = await startIssuer()
  await issuer.check()
  const { publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  issuer.keys = [{ ...(await exportJWK(publicKey)), kid: 'k2', alg: 'EdDSA' }]
  issuer.clock.now += 600_000
  await issuer.check()
  await expect.poll(() => issuer.check().catch((error: unknown) => error)).toMatchObject(unauthenticated)
})
