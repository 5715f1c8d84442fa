import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Download } from './download.ts'
import { endedWithin, type Program, spawnGuarded } from './guarded.ts'
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

/** The last Kafka release that supports ZooKeeper, with ZooKeeper and the command-line tools. About 56 MB. */
export const KAFKA_JARS: Download = {
  name: `kafka-${KAFKA}`,
  proof: `libs/kafka_2.13-${KAFKA}.jar`,
  async fetchInto(folder, progress) {
    await writeFile(join(folder, 'pom.xml'), POM)
    await mkdir(join(folder, 'libs'))
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
    const args = ['--batch-mode', '--file', join(folder, 'pom.xml'), goal, `-DoutputDirectory=${join(folder, 'libs')}`]
    const count = mavenCount()
    progress(`Kafka ${KAFKA} from Maven: requested`)
    await run({ file: 'mvn', args }, (line) => {
      const downloaded = count(line)
      if (downloaded) progress(`Kafka ${KAFKA} from Maven: ${downloaded} of about 56 MB`)
    })
  },
}

/** A Mongo-wire server for tests, on WiredTiger. */
export const mongoWire = (): Promise<Download> =>
  pythonPackages('Mongo-wire server', `secantusdb-${SECANTUSDB}`, [`secantusdb==${SECANTUSDB}`])

/**
 * A Python environment with packages from PyPI, which are arguments of `pip install`. Only its `bin/python3` is run, because its scripts
 * do not work after the folder is moved. It works only with the Python version that created it.
 */
export async function pythonPackages(what: string, name: string, packages: readonly string[]): Promise<Download> {
  const { stdout } = await promisify(execFile)('python3', ['-c', 'import sys; print(*sys.version_info[:2], sep=".")'])
  return {
    name: `${name}-python${stdout.trim()}-${process.platform}-${process.arch}`,
    proof: 'bin/python3',
    async fetchInto(folder, progress) {
      progress(`${what}: creating a Python environment`)
      await run({ file: 'python3', args: ['-m', 'venv', folder] }, () => {})
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', ...packages]
      await run({ file: join(folder, 'bin/python3'), args: pip }, (line) => {
        if (/Downloading|Installing/.test(line)) progress(`${what} from PyPI: ${line.trim()}`)
      })
    },
  }
}

/** Sums the sizes in Maven's lines (`Downloaded from central: https://… (5.6 MB at 13 MB/s)`); returns each new full MB. */
function mavenCount(): (line: string) => string | undefined {
  let [megabytes, reported] = [0, 0]
  return (line) => {
    const [, size, unit] = /^(?:\[INFO\] )?Downloaded from .*\(([\d.]+) (B|kB|MB) at /.exec(line) ?? []
    if (!size) return undefined
    megabytes += Number(size) * (unit === 'MB' ? 1 : unit === 'kB' ? 1e-3 : 1e-6)
    if (Math.floor(megabytes) === reported) return undefined
    reported = Math.floor(megabytes)
    return `${reported} MB`
  }
}

/** Runs a tool until it ends, and passes on each of its lines. Throws an error with the last lines if the tool fails. */
export async function run(program: Program, onLine: (line: string) => void): Promise<void> {
  const child = spawnGuarded(program, 'pipe')
  const closed = once(child, 'close') as Promise<[code: number | null]>
  const last: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream!).on('line', (line) => {
      onLine(line)
      last.push(line)
      if (last.length > LAST_LINES) last.shift()
    })
  }
  const [code] = await endedWithin(LIMIT_MS, closed, () => child.kill('SIGKILL'))
  if (code === 0) return
  const outcome = code === null ? 'was ended by a signal' : `failed (exit code ${code})`
  const command = [program.file, ...program.args].join(' ')
  throw new Sentence(
    `This command ${outcome}; the usual reason is an unreachable server:\n  ${command}\nIts last lines:\n${last.join('\n')}`,
  )
}
