import { z } from 'zod'

/**
 * What no text may hold, as the content of a character class that every language's regular expressions read alike: it is in the
 * OpenAPI document too. Controls, and characters that are invisible or reorder the text around them.
 */
const FORBIDDEN = [
  '\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f', // controls, beside the line feed
  '\\u2028\\u2029', // separators of lines and paragraphs
  '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069', // bidirectional controls
  '\\u00ad\\u180e\\u200b\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb', // invisible
  '\\u115f\\u1160\\u3164\\uffa0', // letters without a shape
].join('')

/** The scripts whose letters change their shape with the zero-width joiner and non-joiner. */
const JOINED =
  `Adlam Arabic Bengali Devanagari Gujarati Gurmukhi Hanifi_Rohingya Kannada Khmer Malayalam Mandaic Mongolian
  Myanmar Nko Oriya Sinhala Syriac Tamil Telugu Tibetan`
    .split(/\s+/)
    .map((script) => `\\p{scx=${script}}`)
    .join('')

/** An emoji with its modifiers, which a joiner connects to the next. */
const EMOJI = '\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?'

/** A joiner that no script and no emoji needs: only programs see it. */
const STRAY_JOINER = new RegExp(
  `(?<![${JOINED}])\\u200c|(?<![${JOINED}]|${EMOJI})\\u200d|(?<=${EMOJI})\\u200d(?!\\p{Extended_Pictographic})`,
  'u',
)

/** Tags spell the name of a region after a black flag. Elsewhere they are invisible text. */
const STRAY_TAG = /(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]*)[\u{e0000}-\u{e007f}]/u

const PROSE = new RegExp(`^[^${FORBIDDEN}]*$`, 'u')

/** UTF-8 cannot encode unpaired surrogates. */
const isProse = (text: string): boolean =>
  text.isWellFormed() && PROSE.test(text) && !STRAY_JOINER.test(text) && !STRAY_TAG.test(text)

/** Whether a text is one visible line: safe in a log line, a header, a database and a page. */
export const isLine = (text: string): boolean => isProse(text) && !text.includes('\n')

/** What `trim` removes. */
const BLANK = '\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff'

/** A text that starts and ends with something visible. @param forbidden the content of a character class */
const visible = (forbidden: string): string => `[^${forbidden}${BLANK}]([^${forbidden}]*[^${forbidden}${BLANK}])?`

const IN_LINE = `\\u000a${FORBIDDEN}`
/** A carriage return may end a line. */
const IN_PROSE = FORBIDDEN.replace('\\u000b-\\u001f', '\\u000b\\u000c\\u000e-\\u001f')

/** For the OpenAPI document: joiners and tags that are refused beside these need the properties of Unicode. */
const PATTERNS = {
  line: `^[^${IN_LINE}]*$`,
  name: `^[${BLANK}]*${visible(IN_LINE)}[${BLANK}]*$`,
  prose: `^[${BLANK}]*${visible(IN_PROSE)}[${BLANK}]*$`,
  optionalProse: `^[${BLANK}]*(${visible(IN_PROSE)})?[${BLANK}]*$`,
}

const NOT_LINE = 'must be one line without control or invisible characters'
const NOT_PROSE = 'must not hold control or invisible characters, except line breaks'

/** A text of another system, such as the id of a person. It is taken as it is. */
export const Line = (maxLength: number) =>
  z
    .string()
    .min(1)
    .refine(...shortEnough(maxLength))
    .refine(isLine, NOT_LINE)
    .meta({ maxLength, pattern: PATTERNS.line })

/** A name. Blanks around it are removed; blanks alone are rejected. */
export const Name = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .refine(...shortEnough(maxLength))
    .refine(isLine, NOT_LINE)
    .meta({ maxLength, pattern: PATTERNS.name })

/** What people write to each other, in several lines. Every line ends with a line feed, however the client ends it. */
export const OptionalProse = (maxLength: number) =>
  z
    .string()
    .overwrite(withLineFeeds)
    .trim()
    .refine(...shortEnough(maxLength))
    .refine(isProse, NOT_PROSE)
    .meta({ maxLength, pattern: PATTERNS.optionalProse })

/** As {@link OptionalProse}; blanks alone are rejected. */
export const Prose = (maxLength: number) => OptionalProse(maxLength).min(1).meta({ maxLength, pattern: PATTERNS.prose })

/** Counts characters as JSON Schema does: one for each code point. */
const shortEnough = (maxLength: number) =>
  [
    (text: string) => text.length <= maxLength || Array.from(text).length <= maxLength,
    `must be at most ${maxLength} characters`,
  ] as const

const withLineFeeds = (text: string): string => text.replaceAll(/\r\n?/g, '\n')
