import { parsedJson } from '#platform/json.ts'
import { z } from 'zod'
import { harmless, paintFor } from '../terminal/terminal.ts'

/** A log line as the platform's logger writes it. */
const Line = z.looseObject({ level: z.enum(['info', 'warn', 'error']), service: z.string() })

const COLOURS = { info: 'green', warn: 'yellow', error: 'red' } as const

/** Fields that the sentence contains or that every line has. */
const KNOWN = new Set(['level', 'message', 'error', 'service', 'timestamp', 'success', 'eventType'])

/** Converts a JSON log line to a readable sentence; returns any other line unchanged. */
export function readable(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const line = lineIn(text)
  if (!line) return text
  const paint = paintFor(stream)
  const { level, service, message, error } = line
  const texts = [message, error].filter((one) => typeof one === 'string').map(indented)
  const where = Object.entries(line).flatMap(([name, value]) => (KNOWN.has(name) ? [] : [`${name}=${plain(value)}`]))
  const sentence = texts.join(': ').replace(/^listens on (\d+)$/, 'listens on http://localhost:$1')
  return [paint(COLOURS[level], plain(service)), sentence, paint('dim', where.join(' '))].join(' ').trimEnd()
}

/** The further lines of a text are indented, so that none of them looks like a line of its own. */
const indented = (text: string): string => text.split('\n').map(harmless).join('\n  ')

const plain = (value: unknown): string => harmless(typeof value === 'string' ? value : JSON.stringify(value))

function lineIn(text: string): z.infer<typeof Line> | undefined {
  if (!text.startsWith('{')) return undefined
  return Line.safeParse(parsedJson(text)).data
}
