/** Writes without pause into the file it is given, and prints each write once it is acknowledged. Meant to be killed. */
import { openEmbeddedStore } from './embedded-store.ts'

const WRITERS = 20

const [file = '', run = ''] = process.argv.slice(2)
const store = openEmbeddedStore({ file, collections: { writes: {} } })

/** The two counts of a document change together, so that a torn one shows. */
const write = async (writer: number): Promise<void> => {
  for (let n = 1; ; n++) {
    await store.insert('writes', { _id: `${run}:${writer}:${n}`, n, text: 'x'.repeat(n % 5_000) })
    const inc = [[['n'], 1] as const, [['deep', 'n'], 1] as const]
    await store.patch('writes', `last of ${writer}`, { inc, upsert: true })
    process.stdout.write(`${run}:${writer}:${n}\n`)
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
