import type { Deliver } from '#domain/effects.ts'
import type { Store } from '#store/store.ts'

export interface ChannelDeps {
  store: Store
}

/** One way to reach a person. A repeated delivery of an effect must not notify the person twice. */
export interface Channel<Rendered> {
  /** The text or document that the channel shows. Pure. */
  render(effect: Deliver): Rendered
  deliver(rendered: Rendered, deps: ChannelDeps): Promise<void>
}
