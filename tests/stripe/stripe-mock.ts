/** Stripe's own mock server, which checks requests by Stripe's OpenAPI document. It keeps no state. Built by Go, kept in the user's cache. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { downloaded } from '../../scripts/stack/download.ts'
import { killGroup, spawnGuarded } from '../../scripts/stack/guarded.ts'

const VERSION = 'v0.203.0'
const PROGRAM = 'stripe-mock'
const LIMIT_MS = 5 * 60_000

async function program(): Promise<string> {
  const folder = await downloaded(
    {
      name: `${PROGRAM}-${VERSION}-${process.platform}-${process.arch}`,
      proof: PROGRAM,
      async fetchInto(target) {
        const env = { ...process.env, GOBIN: target, GOFLAGS: '' }
        await promisify(execFile)('go', ['install', `github.com/stripe/${PROGRAM}@${VERSION}`], {
          env,
          timeout: LIMIT_MS,
        })
      },
    },
    () => {},
  )
  return join(folder, PROGRAM)
}

export const findStripeMock = (): Promise<{ file: string } | { lack: string }> =>
  program().then(
    (file) => ({ file }),
    (error: Error) => ({ lack: `cannot install ${PROGRAM} with go install: ${error.message.split('\n')[0]}` }),
  )

export interface StripeMock {
  url: string
  close: () => void
}

/** @param file the program */
export async function startStripeMock(file: string): Promise<StripeMock> {
  const child = spawnGuarded({ file, args: ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'] }, 'pipe')
  const address = await new Promise<string>((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer): void => {
      output += String(chunk)
      const found = /HTTP at address: (\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout!.on('data', read)
    child.stderr!.on('data', read)
    child.once('exit', () => reject(new Error(`${PROGRAM} did not start: ${output}`)))
  })
  return { url: `http://${address}`, close: () => killGroup(child) }
}
