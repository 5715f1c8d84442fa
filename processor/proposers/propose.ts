import type { Command } from '#domain/command.ts'
import { type Log, MAX_SEND } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import type { SigningKeys } from '#platform/signature.ts'
import { encoderSignedBy } from '../command-signing.ts'

export interface ProposerDeps {
  log: Log
  /** The topic of the commands, and its number of partitions. */
  requests: { topic: string; partitions: number }
  /** The first one signs the commands. */
  commandKeys: SigningKeys
}

/** Resolves when the log has the commands. */
export type Propose = (commands: readonly Command[]) => Promise<void>

/** Sends commands as our own processes propose them. Their ids are deterministic, so a repeated proposal has one effect. */
export function proposer({ log, requests, commandKeys }: ProposerDeps): Propose {
  const { topic, partitions } = requests
  const encode = encoderSignedBy(commandKeys)
  return async (commands) => {
    for (let i = 0; i < commands.length; i += MAX_SEND) {
      const messages = commands
        .slice(i, i + MAX_SEND)
        .map((command) => ({ topic, partition: partitionOf(command.listingId, partitions), ...encode(command) }))
      await log.send(messages)
    }
  }
}
