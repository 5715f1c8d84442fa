import { z } from 'zod'

/** Text that people write: one line, and nothing in it that a log line, a header or a database could take for something else. */
export const Text = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .regex(/^\P{Cc}*$/u, 'must not hold control characters')
