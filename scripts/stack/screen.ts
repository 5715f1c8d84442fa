import { cut, paintFor } from '../terminal/terminal.ts'
import type { Addresses } from './stack.ts'

export interface Screen {
  open: (how: string) => void
  /** Shows progress. */
  progress: (text: string) => void
  ready: (addresses: Addresses) => void
  closing: () => void
}

/** On a terminal, a changing line and then the settings to paste; otherwise a line of JSON for each step. */
export const openScreen = (): Screen => (process.stdout.isTTY ? openTerminal() : openLines())

const ERASE = '\r\u001B[K'

function openTerminal(): Screen {
  const paint = paintFor(process.stdout)
  const line = (text: string): void => void process.stdout.write(ERASE + cut(text, (process.stdout.columns || 80) - 1))
  return {
    open: (how) => console.log(`A real ZooKeeper, Kafka and MongoDB, ${how}. Ctrl-C ends them.`),
    progress: line,
    ready({ zookeeper, brokers, mongodbUri }) {
      line('')
      console.log(
        [
          `${paint('bold', 'All three are running')}; ZooKeeper at 127.0.0.1:${zookeeper.port}. For .env, or each terminal:`,
          '',
          `export KAFKA_BROKERS=${brokers}`,
          `export MONGODB_URI=${mongodbUri}`,
          '',
          'Then, each in its own terminal:',
          '',
          'npm run proxy',
          'npm run processor',
          'npm run edge',
        ].join('\n'),
      )
    },
    closing: () => console.log('\nEnding the servers ...'),
  }
}

function openLines(): Screen {
  const print = (step: object): void => console.log(JSON.stringify(step))
  return {
    open: (how) => print({ stack: how }),
    progress: (text) => print({ progress: text }),
    ready: ({ zookeeper, brokers, mongodbUri }) =>
      print({ ready: { zookeeper: `127.0.0.1:${zookeeper.port}`, KAFKA_BROKERS: brokers, MONGODB_URI: mongodbUri } }),
    closing: () => print({ closing: true }),
  }
}
