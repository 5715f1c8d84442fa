import type { HttpBindings } from '@hono/node-server'
import type { Account } from '../accounts/account.ts'

/** Hono's environment: what a request carries. */
export interface ProxyEnv {
  /** Node's own request and response. Absent in tests that call the app directly. */
  Bindings: Partial<HttpBindings>
  Variables: {
    account: Account
    /** Bytes of this request's body that count as pending until the response is sent. */
    pendingBytes: number
  }
}
