import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { encoderSignedBy } from '../command-signing.ts'

/** For tests, simulation and bench: commands signed with a publicly known key. */
export const encodeSigned = encoderSignedBy(COMMAND_KEYS)
