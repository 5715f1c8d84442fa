import { openEmbeddedLog } from './embedded-log.ts'

/**
 * Run as a process of its own by `kill.test.ts`, to be killed: appends without pause, several calls at once, and
 * prints the offset of everything that was acknowledged. What it prints reaches the pipe before the next turn.
 */
const [file = ''] = process.argv.slice(2)
const log = openEmbeddedLog({ file })
await log.createTopics([{ topic: 'kill', partitions: 1 }])

async function append(): Promise<never> {
  for (;;) {
    const value = `written by ${process.pid}`
    const sent = await log.send([1, 2, 3].map(() => ({ topic: 'kill', partition: 0, value })))
    process.stdout.write(sent.map(({ offset }) => `${offset}\n`).join(''))
  }
}

await Promise.all([1, 2, 3, 4].map(append))
