import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Download, Tell } from './download.ts'
import { type Program, spawnGuarded } from './guarded.ts'
import { Sentence } from '../terminal/terminal.ts'

const KAFKA = '3.9.2'
const SECANTUSDB = '0.7.0b3'
const LIMIT_MS = 15 * 60_000
const LAST_LINES = 15

const artifact = (name: string): string =>
  `<dependency><groupId>org.apache.kafka</groupId><artifactId>${name}</artifactId><version>${KAFKA}</version></dependency>`

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>reservoir</groupId><artifactId>stack</artifactId><version>1</version>
  <dependencies>${artifact('kafka_2.13')}${artifact('kafka-tools')}</dependencies>
</project>
`

/** Kafka's last line with ZooKeeper, which is among its jars, and its command-line tools. About 56 MB. */
export const KAFKA_JARS: Download = {
  name: `kafka-${KAFKA}`,
  proof: `libs/kafka_2.13-${KAFKA}.jar`,
  async bring(folder, tell) {
    await writeFile(join(folder, 'pom.xml'), POM)
    await mkdir(join(folder, 'libs'))
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
    const args = ['--batch-mode', '--file', join(folder, 'pom.xml'), goal, `-DoutputDirectory=${join(folder, 'libs')}`]
    const count = mavenCount()
    tell(`Kafka ${KAFKA} from Maven: asking for it`)
    await run({ file: 'mvn', args }, (line) => {
      const says = count(line)
      if (says) tell(`Kafka ${KAFKA} from Maven: ${says} of about 56 MB`)
    })
  },
}

/**
 * A Mongo-wire server for tests, on WiredTiger. An environment cannot be moved whole, its scripts know where they were; its
 * Python can, and that is all we run. It serves the Python that made it and no other.
 */
export async function mongoWire(): Promise<Download> {
  const { stdout } = await promisify(execFile)('python3', ['-c', 'import sys; print(*sys.version_info[:2], sep=".")'])
  return {
    name: `secantusdb-${SECANTUSDB}-python${stdout.trim()}-${process.platform}-${process.arch}`,
    proof: 'bin/python3',
    async bring(folder, tell) {
      tell('Mongo-wire server: making a Python environment')
      await run({ file: 'python3', args: ['-m', 'venv', folder] }, () => {})
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', `secantusdb==${SECANTUSDB}`]
      await run({ file: join(folder, 'bin/python3'), args: pip }, (line) => {
        if (/Downloading|Installing/.test(line)) tell(`Mongo-wire server from PyPI: ${line.trim()}`)
      })
    },
  }
}

/** Maven says of each file how large it was, as in `Downloaded from central: https://… (5.6 MB at 13 MB/s)`; heard per MB. */
function mavenCount(): (line: string) => string | undefined {
  let [megabytes, told] = [0, 0]
  return (line) => {
    const [, size, unit] = /^(?:\[INFO\] )?Downloaded from .*\(([\d.]+) (B|kB|MB) at /.exec(line) ?? []
    if (!size) return undefined
    megabytes += Number(size) * (unit === 'MB' ? 1 : unit === 'kB' ? 1e-3 : 1e-6)
    if (Math.floor(megabytes) === told) return undefined
    told = Math.floor(megabytes)
    return `${told} MB`
  }
}

/** Runs a tool that ends by itself, and hears each of its lines; throws with the last of them if it fails. */
export async function run(program: Program, hear: Tell): Promise<void> {
  const child = spawnGuarded(program, 'pipe')
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const last: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream!).on('line', (line) => {
      hear(line)
      last.push(line)
      if (last.length > LAST_LINES) last.shift()
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(late)
  if (code === 0) return
  const how = code === null ? 'was ended' : `failed (exit code ${code})`
  const command = [program.file, ...program.args].join(' ')
  throw new Sentence(
    `This ${how}, most often because something cannot be reached:\n  ${command}\nIts last lines:\n${last.join('\n')}`,
  )
}
