import { z } from 'zod'
import { Command } from '../command.ts'
import { type Envelope, isOurs, parseJson, type Received } from '../envelope.ts'
import * as airbnb from './airbnb.ts'
import type { Hint } from './hint.ts'
import * as lab2 from './lab2.ts'

/** How commands lie on `booking-requests`: each in the spelling it was asked for in, and in lab2's what no document has. */
export const encodeCommand = (command: Command, hint?: Hint): Envelope =>
  command.type === 'RequestBooking' && command.dialect === 'airbnb'
    ? airbnb.encodeRequest(command, hint)
    : lab2.encodeCommand(command, hint)

const Carried = z.looseObject({ command: Command })
const InAirbnb = z.looseObject({ type: z.literal('booking-created') })

/** The command in a message, ours or a documented producer's; throws an error that says what is wrong with it. */
export function decodeCommand(message: Received): Command {
  const body = parseJson(message.value)
  if (isOurs(message)) return Carried.parse(body).command
  return InAirbnb.safeParse(body).success ? airbnb.decodeDocumented(body) : lab2.decodeDocumented(body)
}
