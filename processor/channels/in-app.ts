import { type Notification, notificationOf } from '#domain/notification.ts'
import type { Channel } from './channel.ts'

/** The list of notifications in the app. A repeated effect finds its notification there. */
export const inApp: Channel<Notification> = {
  render: notificationOf,
  async deliver(notification, { store }) {
    await store.insert('notifications', { _id: notification.id, ...notification })
  },
}
