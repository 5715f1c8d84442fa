import { notify } from '#domain/reactions/notify.ts'
import type { Store } from '#store/store.ts'
import { effectsOf } from '../effects.ts'
import type { Sink } from './events.ts'

export const NOTIFICATIONS = 'booking-notifications'

export const createNotifications = (store: Store): Sink => effectsOf('deliver', notify, { store })
