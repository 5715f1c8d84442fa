import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { PROBLEMS, type ProblemType } from '#platform/problems.ts'

/** Every problem type that the edge returns, by code: those of any HTTP service, then those of bookings. */
export const PROBLEM_TYPES = { ...PROBLEMS, ...BOOKING_PROBLEMS } satisfies Readonly<Record<string, ProblemType>>

export type ProblemCode = keyof typeof PROBLEM_TYPES

export const PROBLEM_CODES = Object.keys(PROBLEM_TYPES) as ProblemCode[]

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEM_TYPES, code)
