/** A program: runs one attack until its standard input closes. Arguments: the attack's name, and the attacked system as JSON. */
import { once } from 'node:events'
import { ATTACKS, type Attacked } from './attacks.ts'

const [name, attacked] = process.argv.slice(2)
const attack = ATTACKS.find((one) => one.name === name)!
const ending = new AbortController()
process.stdin.resume()
void once(process.stdin, 'close').then(() => ending.abort())
const running = attack.run(JSON.parse(attacked!) as Attacked, ending.signal)
console.log('started')
await Promise.race([running, once(process.stdin, 'close')])
process.exit(0)
