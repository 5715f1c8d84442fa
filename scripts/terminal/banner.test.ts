import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { banner } from './banner.ts'

const ports = { edge: 8787, proxy: 8082, processor: 8090 }
const token = 'x'.repeat(300)
const printed = (documented: number[]): Promise<string[]> =>
  banner({ ports, documented, close: async () => {} }, '.data', async () => token).then((text) =>
    stripVTControlCharacters(text).split('\n'),
  )

test('the banner shows the address of the reference and the documented ports that respond', async () => {
  expect(await printed([5001, 5002, 5003, 5004, 5005])).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^ {2}reference +http:\/\/localhost:8787\/docs +/),
      expect.stringMatching(/^ {2}documented +5001 5002 5003 5004 5005 +/),
    ]),
  )
  expect(await printed([5002])).toContainEqual(expect.stringContaining('5002 (taken: 5001 5003 5004 5005)'))
})

test('the commands to paste contain no token, which a terminal would break, and start with the listings', async () => {
  const lines = await printed([])
  const pasted = lines.slice(lines.findIndex((line) => line.startsWith('Paste this')) + 1)
  expect(pasted.join('\n')).not.toContain(token)
  expect(Math.max(...pasted.map((line) => line.length))).toBeLessThan(120)
  expect(pasted[0]).toBe('TRAVELER_TOKEN=${TRAVELER_TOKEN:-$(npm run -s token -- --role traveler --sub traveler-1)}')
  const curls = pasted.filter((line) => line.includes('curl '))
  expect(curls).toHaveLength(4)
  expect(curls[0]).toContain('http://localhost:8787/v1/listings')
  for (const curl of curls) expect(curl).toContain(`curl -sw '\\n' `)
})
