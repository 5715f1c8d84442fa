import { LogError } from '#log/log.ts'
import { StoreError } from '#store/store.ts'
import { Sentence } from '../terminal/terminal.ts'
import { PortTaken } from '#platform/port-taken.ts'

/** An error of a start that its reader can fix is printed without a stack. Throws in any case. */
export function refuse(error: unknown): never {
  const isFixable = error instanceof PortTaken || error instanceof LogError || error instanceof StoreError
  throw isFixable ? new Sentence(error.message, 1, { cause: error }) : error
}
