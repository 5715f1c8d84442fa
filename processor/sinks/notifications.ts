import { notify } from '#domain/policies/notify.ts'
import type { Store } from '#store/store.ts'
import type { Sink } from './events.ts'

export const NOTIFICATIONS = 'booking-notifications'

/** Writes the notifications of the app. The id is made of the event and the recipient, so a repeated event writes nothing. */
export function createNotifications(store: Store): Sink {
  return async (located) => {
    const notifications = located.flatMap(({ event }) => notify(event))
    await Promise.all(notifications.map((n) => store.insert('notifications', { _id: n.id, ...n })))
  }
}
