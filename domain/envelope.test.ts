import { describe, expect, it } from 'vitest'
import type { Command } from './command.ts'
import { encodeEvent } from './dialects/registry.ts'
import { headersOfCommand, isOurs, type MessageSource } from './envelope.ts'
import { received } from './testing/messages.ts'
import { accept, BOOKING_ID, bookingEvent, confirmed, LATER, NOW, publish, stay } from './testing/samples.ts'

describe('the source', () => {
  const from = (source: string) => ({ value: null, headers: new Map([['ce_source', source]]) })

  it('recognizes our messages', () => {
    expect(isOurs(received(encodeEvent(bookingEvent(confirmed))))).toBe(true)
    expect(isOurs({ value: null, headers: new Map(headersOfCommand(accept(), 'edge')) })).toBe(true)
  })

  it('recognizes messages of other producers', () => {
    expect(isOurs({ value: '{}', headers: new Map() })).toBe(false)
    expect(isOurs(from('/kayak/booking'))).toBe(false)
    expect(isOurs(from('https://elsewhere.example/reservoir/edge'))).toBe(false)
    expect(isOurs(from('/reservoirs'))).toBe(false)
  })
})

describe('the headers of a command', () => {
  const headersOf = (command: Command, source: MessageSource = 'edge') =>
    Object.fromEntries(headersOfCommand(command, source))

  it('are complete', () => {
    expect(headersOf(publish())).toStrictEqual({
      'event-type': 'PublishListing',
      timestamp: NOW,
      ce_specversion: '1.0',
      ce_id: 'publish-1',
      ce_type: 'PublishListing',
      ce_source: '/reservoir/edge',
      ce_subject: stay.id,
      ce_time: NOW,
      'content-type': 'application/json',
    })
  })

  it('name the process that wrote it', () => {
    expect(headersOf(accept(), 'processor')).toMatchObject({ ce_source: '/reservoir/processor' })
  })

  it('name its booking', () => {
    expect(headersOf(accept())).toMatchObject({ ce_subject: BOOKING_ID, ce_time: LATER })
  })
})
