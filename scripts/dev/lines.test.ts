import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { readable } from './lines.ts'

const shown = (line: unknown): string => stripVTControlCharacters(readable(JSON.stringify(line)))

test('a log line becomes a sentence, followed by its other fields', () => {
  expect(shown({ level: 'info', service: 'edge', message: 'listens on 8787' })).toBe(
    'edge listens on http://localhost:8787',
  )
  expect(
    shown({ timestamp: '2030-01-01T00:00:00Z', service: 'proxy', level: 'info', message: 'is ready', port: 1 }),
  ).toBe('proxy is ready port=1')
  const published = { timestamp: '2030-01-01T00:00:00Z', service: 'edge', success: true, eventType: 'booking-created' }
  expect(shown({ level: 'info', ...published, bookingId: 'b-1', message: 'published' })).toBe(
    'edge published bookingId=b-1',
  )
  expect(shown({ level: 'error', service: 'edge', requestId: 'r', error: 'Error: no' })).toBe(
    'edge Error: no requestId=r',
  )
})

test('the further lines of a text are indented', () => {
  const message = 'The edge cannot start with this environment:\n  QUERY_URL is missing\nedge is ready'
  expect(shown({ level: 'error', service: 'edge', message })).toBe(
    'edge The edge cannot start with this environment:\n    QUERY_URL is missing\n  edge is ready',
  )
})

test('a log line cannot move the cursor', () => {
  expect(
    readable(JSON.stringify({ level: 'info', service: 'kafka', message: 'a\u001B[2Jb', c: '\u001B' })),
  ).not.toMatch(
    // oxlint-disable-next-line no-control-regex -- it is what must not come through
    /\u001B\[2J|=\u001B/,
  )
})

test.each(['Ready on http://localhost:8787', '{"half":', '{"level":"info"}', '[1]', ''])(
  'another line stays unchanged: %j',
  (line) => {
    expect(readable(line)).toBe(line)
  },
)
