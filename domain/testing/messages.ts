import * as fc from 'fast-check'
import { expect } from 'vitest'
import { Command } from '../command.ts'
import { decodeCommand, encodeCommand } from '../dialects/registry.ts'
import type { Envelope, Received } from '../envelope.ts'
import { attempt, damaged, type Json, pathsOf } from './damage.ts'
import { forAll } from './for-all.ts'
import { request } from './samples.ts'

/** For tests only: messages as the registry reads them. */

export const received = ({ value, headers }: Envelope): Received => ({ value, headers: new Map(headers) })

/** From a producer that is not ours. */
export const foreign = (body: unknown): Received => ({ value: JSON.stringify(body), headers: new Map() })

/** From our own edge, with another body. */
export const ours = (body: unknown): Received => ({
  ...received(encodeCommand(request())),
  value: JSON.stringify(body),
})

/** Replaces one part of a message at random: each result decodes to a valid command or throws. */
export function decodesOrThrows(messageOf: (body: unknown) => Received, body: Json): void {
  const damage = fc.tuple(fc.constantFrom(...pathsOf(body)), fc.option(fc.jsonValue(), { nil: undefined }))
  forAll(
    damage,
    ([path, instead]) => {
      const command = attempt(() => decodeCommand(messageOf(damaged(body, path, instead as Json | undefined))))
      if (command !== 'thrown') expect(Command.parse(command)).toStrictEqual(command)
    },
    2_000,
  )
}
