import type { HttpBindings } from '@hono/node-server'
import type { Account } from '../accounts/account.ts'

/** What Hono carries along with a request. */
export interface ProxyEnv {
  /** Node's own request, where Node serves; tests call the app without. */
  Bindings: Partial<HttpBindings>
  Variables: {
    account: Account
    /** Bytes of the body that were counted as pending, to be given back when the request is over. */
    pendingBytes: number
    /** Why it failed, for the log line; never a credential. */
    failure: Error
  }
}
