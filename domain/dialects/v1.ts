import { airbnb } from './airbnb.ts'
import type { Dialect } from './dialect.ts'
import { lab2 } from './lab2.ts'

/** Our own spelling. Its requests lie on `booking-requests` in lab2's shape; its log lines have airbnb's messages. */
export const v1 = {
  spelling: { fields: {}, price: ({ amount, currency }) => `${amount} ${currency} in minor units` },
  encodeRequest: lab2.encodeRequest,
  logMessages: airbnb.logMessages,
} satisfies Dialect
