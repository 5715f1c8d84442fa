/** The data folder of the embedded log and store, which one process at a time may use. */
import { brokersIn, type LogEnvironment, openLog } from '#log/open.ts'
import { messageOf } from '#platform/log-line.ts'
import { Sentence } from '../terminal/terminal.ts'
import { holderOfFile } from './holder.mjs'

/** @throws Sentence that names the process which uses the folder. With Kafka there is no such folder. */
export async function refuseLocked(config: LogEnvironment): Promise<void> {
  if (brokersIn(config)) return
  try {
    await (await openLog(config)).close()
  } catch (error) {
    throw new Sentence(await withHolder(messageOf(error)), 1, { cause: error })
  }
}

const IN_USE = /^(.*) is in use by another process/

/** The message of an error; if it is about a locked file, with the process that has locked it. */
export async function withHolder(message: string): Promise<string> {
  const file = IN_USE.exec(message)?.[1]
  return file === undefined ? message : message.replace('another process', await holderOfFile(file))
}
