import { z } from 'zod'

/** No control characters, no line or paragraph separators, and no halves of characters, which no UTF-8 can hold. */
export const LINE = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]*$/u

/** Text that people may write: one line, and nothing in it that a log line, a header or a database takes for something else. */
export const OptionalText = (maxLength: number) =>
  z.string().trim().max(maxLength).regex(LINE, 'must not hold control characters')

/** Text that people must write. Blanks are none. */
export const Text = (maxLength: number) => OptionalText(maxLength).min(1)
