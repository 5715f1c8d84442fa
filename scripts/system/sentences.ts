import { LogError } from '#log/log.ts'
import { StoreError } from '#store/store.ts'
import { Sentence } from '../terminal/terminal.ts'
import { PortTaken } from '#platform/port-taken.ts'
import { withHolder } from './data-folder.ts'

/** An error of a start that its reader can fix is printed without a stack. Rejects in any case. */
export async function refuse(error: unknown): Promise<never> {
  const isFixable = error instanceof PortTaken || error instanceof LogError || error instanceof StoreError
  throw isFixable ? new Sentence(await withHolder(error.message), 1, { cause: error }) : error
}
