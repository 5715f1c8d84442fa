import { notify } from '#domain/policies/notify.ts'
import type { Store } from '#store/store.ts'
import type { Sink } from './events.ts'

export const NOTIFICATIONS = 'booking-notifications'

/** Notifications in the app. Their id is that of the event and the recipient, so a repeated event finds them there. */
export function createNotifications(store: Store): Sink {
  return async (located) => {
    const notifications = located.flatMap(({ event }) => notify(event))
    await Promise.all(notifications.map((n) => store.insert('notifications', { _id: n.id, ...n })))
  }
}
