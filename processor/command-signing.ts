import { instantOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import type { Hint } from '#domain/dialects/dialect.ts'
import { decodeCommand, encodeCommand } from '#domain/dialects/registry.ts'
import { type Envelope, isOurs, SIGNATURE_HEADER, withSignature } from '#domain/envelope.ts'
import type { Message } from '#log/log.ts'
import { syncSignerOf, type Verify } from '#platform/node/signature.ts'
import type { SigningKeys } from '#platform/signature.ts'
import { Unauthentic } from './dead-letters.ts'
import { received } from './received.ts'

export type EncodeSigned = (command: Command, hint?: Hint) => Envelope

/** Encodes commands that a processor proposes, as the edge encodes its own. */
export function encoderSignedBy(keys: SigningKeys): EncodeSigned {
  const sign = syncSignerOf(keys)
  return (command, hint) => {
    const envelope = encodeCommand(command, hint, 'processor')
    return withSignature(envelope, sign(envelope.value))
  }
}

const NOTHING = new Uint8Array()

/**
 * The command in a message. A message that claims to be ours must have a valid signature of its value, which contains everything
 * that is decided on. Other messages can only be documented requests. Their time is that of the log: a producer that states an old one would
 * get a booking whose hold has ended.
 * @throws Unauthentic
 */
export function authenticCommand(message: Message, verify: Verify): Command {
  const text = received(message)
  if (!isOurs(text)) return { ...decodeCommand(text), at: instantOf(message.timestamp) }
  const fault = verify(message.value ?? NOTHING, text.headers.get(SIGNATURE_HEADER))
  if (fault !== null) throw new Unauthentic(fault === 'missing' ? 'unsigned command' : fault)
  return decodeCommand(text)
}
