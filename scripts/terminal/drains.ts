/** A program for the tests of `node24.mjs`: says that it runs, and when it is told to end says why and ends with 7. */
import { toldToEnd } from './end-with-parent.ts'

const told = toldToEnd()
const open = setInterval(() => {}, 1_000)
console.log(`runs on ${process.versions.node.split('.')[0]}`)
console.log(`ends by ${await told}`)
clearInterval(open)
process.exitCode = 7
