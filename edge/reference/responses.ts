import { z } from 'zod'
import { PublicBooking as Booking } from '#domain/booking.ts'
import type { ProblemDocument } from '#platform/problems.ts'
import { PROBLEM_CODES } from '../problem-types.ts'

/** Parts of responses that several groups of routes share. */

export const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('Send it as `cursor` to get the next page; null on the last page.'),
  })

export const Fault = z.strictObject({
  pointer: z.string().describe('JSON pointer into the body, or the name of a header or query parameter.'),
  detail: z.string().describe('A sentence that begins with the name of the field and says what is expected.'),
})

const Code = z.enum(PROBLEM_CODES)

/** The fields of a problem that its type defines. */
export const PROBLEM = {
  type: z.string().describe('Address of the page of this problem.'),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: Code.describe('Stable; programs tell problems apart by it.'),
  remedy: z.string().describe('What to do about the problem.'),
}

export const Problem = z.looseObject({
  ...PROBLEM,
  detail: z.string().optional().describe('Details of this occurrence.'),
  instance: z.string().optional().describe('Path of the request.'),
  errors: z.array(Fault).optional().describe('The invalid fields, parameters and headers.'),
  booking: Booking.optional().describe('The current booking, if a decision was refused.'),
  idempotencyKey: z.string().optional().describe('The Idempotency-Key to repeat the request with.'),
  requestId: z.string().optional().describe('Names the request in the logs; the same as `X-Request-Id`.'),
  traceparent: z.string().optional().describe('W3C Trace Context of the request.'),
}) satisfies z.ZodType<Omit<ProblemDocument, 'status'>>
