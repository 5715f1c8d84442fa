const QUOTE = 0x22
const BACKSLASH = 0x5c
/** 1 for `,` `:` `[` `{`: a value follows each, unless a list or an object is empty. */
const STARTS = Uint8Array.from({ length: 256 }, (_, byte) => (',:[{'.includes(String.fromCharCode(byte)) ? 1 : 0))

/**
 * Whether a JSON text has more values than the limit, counted without building any: a value takes a hundred times its bytes in memory.
 * An empty list or object counts as two.
 */
export function hasMoreValues(json: Buffer, limit: number): boolean {
  if (json.length <= limit) return false
  let values = 1
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!
    if (byte === QUOTE) i = endOfText(json, i)
    else if ((values += STARTS[byte]!) > limit) return true
  }
  return false
}

/** The index of the quote that ends a text, or the end of the JSON. */
function endOfText(json: Buffer, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); end !== -1; end = json.indexOf(QUOTE, end + 1)) {
    if (!isEscaped(json, end)) return end
  }
  return json.length
}

function isEscaped(json: Buffer, at: number): boolean {
  let backslashes = 0
  while (json[at - 1 - backslashes] === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}
