import type { MessageJson } from '#proxy/consumers/message.ts'
import { isAbout, typeOf } from './line.ts'

export interface Filter {
  key?: string | undefined
  type?: string | undefined
  booking?: string | undefined
}

/** True for a message that has every given property. */
export const filterOf =
  ({ key, type, booking }: Filter) =>
  (message: MessageJson): boolean =>
    (key === undefined || message.key === key) &&
    (type === undefined || typeOf(message) === type) &&
    (booking === undefined || isAbout(message, booking))
