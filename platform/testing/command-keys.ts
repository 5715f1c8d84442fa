import { SigningKeysText } from '../signature.ts'

/** For tests, simulation and bench: a publicly known key. */
export const COMMAND_KEYS_TEXT = `test:${'t'.repeat(43)}`
export const COMMAND_KEYS = SigningKeysText.parse(COMMAND_KEYS_TEXT)
