import { z } from 'zod'

/** No control characters, no line or paragraph separators, and no unpaired surrogates, which UTF-8 cannot encode. */
export const LINE = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]*$/u

/** Optional text of one line, safe in a log line, a header and a database. */
export const OptionalText = (maxLength: number) =>
  z.string().trim().max(maxLength).regex(LINE, 'must not hold control characters')

/** Required text; blanks alone are rejected. */
export const Text = (maxLength: number) => OptionalText(maxLength).min(1)
