import type { Effect } from '#domain/effects.ts'
import type { Event } from '#domain/event.ts'
import type { ChannelDeps } from './channels/channel.ts'
import { CHANNELS } from './channels/channels.ts'
import { eachOf } from './each-of.ts'
import type { BillingDeps } from './proposers/billing/deps.ts'
import { runPayment } from './proposers/billing/run-payment.ts'
import type { Sink } from './sinks/events.ts'

/** What the effects of each type need. */
interface Deps {
  deliver: ChannelDeps
  pay: BillingDeps
}

type OfType<T extends Effect['type']> = Extract<Effect, { type: T }>

interface Runner<T extends Effect['type']> {
  run: (effect: OfType<T>, deps: Deps[T]) => Promise<void>
  /** The most bookings whose effects run at once. */
  atOnce: number
}

/** Runs each type of effect. A new type is a member of the union in `domain/effects.ts` and a row here. */
const RUNNERS: { readonly [T in Effect['type']]: Runner<T> } = {
  deliver: {
    atOnce: 500,
    run: async (effect, deps) => {
      const channel = CHANNELS[effect.channel]
      await channel.deliver(channel.render(effect), deps)
    },
  },
  // Each one waits for the payment gateway, which limits how much it is asked at once.
  pay: { atOnce: 16, run: runPayment },
}

/** A group's sink that runs the effects of its reaction to each event: those of a booking in order, those of several at once. */
export function effectsOf<T extends Effect['type']>(
  type: T,
  react: (event: Event) => readonly OfType<T>[],
  deps: Deps[T],
): Sink {
  const { run, atOnce } = RUNNERS[type]
  return async (located) => {
    const effects = located.flatMap(({ event }) => react(event))
    const ofBookings = Map.groupBy(effects, ({ event }) => event.bookingId)
    await eachOf(ofBookings.values(), atOnce, async (inOrder) => {
      for (const effect of inOrder) await run(effect, deps)
    })
  }
}
