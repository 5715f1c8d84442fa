import * as fc from 'fast-check'
import reference from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

test('gives the checksum of kafkajs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(crc32c(bytes)).toBe(reference(Buffer.from(bytes)))
    }),
  )
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})
