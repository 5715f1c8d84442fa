import type { MessageJson } from '#proxy/consumers/message.ts'
import { harmless, type Paint } from '../terminal/terminal.ts'

/** Timestamp, key and value, as the documents' monitor shows them. */
export function lineOf({ timestamp, key, value }: MessageJson, paint: Paint): string {
  return [paint('dim', instant(timestamp)), paint('cyan', harmless(key) || '-'), colored(harmless(value), paint)].join(
    '  ',
  )
}

/** For programs: the value is parsed where it is JSON, so that `jq .value.eventType` works. */
export function jsonOf({ topic, partition, offset, timestamp, key, value }: MessageJson): string {
  return JSON.stringify({ timestamp: instant(timestamp), key, value: parsed(value), topic, partition, offset })
}

const instant = (timestamp: number): string => new Date(timestamp).toISOString()

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const TOKEN = /(?<name>"(?:[^"\\]|\\.)*"\s*:)|(?<text>"(?:[^"\\]|\\.)*")|\b(?<word>true|false|null|-?\d[\d.eE+-]*)/g

/** The text as it lies in the log, only coloured: names recede, so that the values stand out. */
const colored = (json: string, paint: Paint): string =>
  json.replace(TOKEN, (token, name, text) => paint(name ? 'dim' : text ? 'green' : 'yellow', token))
