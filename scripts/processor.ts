/** `npm run processor`: one processor alone, on the settings of the environment. */
import { runPart } from './dev/part.ts'

await runPart('processor')
