import type { Effect } from '#domain/effects.ts'
import type { Event } from '#domain/event.ts'
import type { ChannelDeps } from './channels/channel.ts'
import { CHANNELS } from './channels/channels.ts'
import type { Sink } from './sinks/events.ts'

type Runner<E extends Effect> = (effect: E, deps: ChannelDeps) => Promise<void>

/** Runs each type of effect. A new type is a member of the union in `domain/effects.ts` and a row here. */
const RUNNERS: { readonly [T in Effect['type']]: Runner<Extract<Effect, { type: T }>> } = {
  deliver: async (effect, deps) => {
    const channel = CHANNELS[effect.channel]
    await channel.deliver(channel.render(effect), deps)
  },
}

/** A group's sink that runs the effects of its reaction to each event. */
export function effectsOf(react: (event: Event) => readonly Effect[], deps: ChannelDeps): Sink {
  return async (located) => {
    const effects = located.flatMap(({ event }) => react(event))
    await Promise.all(effects.map((effect) => RUNNERS[effect.type](effect, deps)))
  }
}
