/** `npm run proxy`: one proxy alone, on the settings of the environment. */
import { runPart } from './dev/part.ts'

await runPart('proxy')
