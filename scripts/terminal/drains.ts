/** A program for the tests of `node24.mjs`: prints that it runs, and at its end the reason; exits with 7. */
import { endRequested } from './end-with-parent.ts'

const reason = endRequested()
const open = setInterval(() => {}, 1_000)
console.log(`runs on ${process.versions.node.split('.')[0]}`)
console.log(`ends by ${await reason}`)
clearInterval(open)
process.exitCode = 7
