import type { ChannelName } from '#domain/effects.ts'
import type { Channel } from './channel.ts'
import { inApp } from './in-app.ts'

/** The channels. A new channel is its name in `domain/effects.ts`, its entry here and its tests. */
export const CHANNELS: Readonly<Record<ChannelName, Channel<unknown>>> = {
  'in-app': inApp,
}
