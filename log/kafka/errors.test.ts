import { describe, expect, test } from 'vitest'
import { isFinal, sentenceOf } from './errors.ts'

const sasl = (why: string): Error =>
  Object.assign(new Error(`SASL SCRAM SHA512 authentication failed: ${why}`), {
    name: 'KafkaJSSASLAuthenticationError',
  })

describe('an authentication error of kafkajs', () => {
  test('is final when Kafka rejected the credentials, and names the settings to check', () => {
    const error = sasl('Authentication failed during authentication due to invalid credentials')
    expect(isFinal(error)).toBe(true)
    expect(sentenceOf(error)).toContain('KAFKA_SASL_PASSWORD')
  })

  test.each(['Connection error: the client is closed', 'Closed connection', 'Request SaslAuthenticate timed out'])(
    'may pass when the broker went away in the middle of it: %s',
    (why) => {
      expect(isFinal(sasl(why))).toBe(false)
      expect(sentenceOf(sasl(why))).not.toContain('KAFKA_SASL_PASSWORD with')
      expect(sentenceOf(sasl(why))).not.toContain('refuses')
    },
  )
})
