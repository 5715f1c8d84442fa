import type { HttpBindings } from '@hono/node-server'
import type { Account } from '../accounts/account.ts'

/** Hono's environment: what a request carries. */
export interface ProxyEnv {
  /** Node's own request and response. Absent in tests that call the app directly. */
  Bindings: Partial<HttpBindings>
  Variables: {
    account: Account
    /** Release what the request holds of the budgets, once its response is sent. */
    held: (() => void)[] | undefined
  }
}
