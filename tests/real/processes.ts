import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The living processes whose command line has the text in it, as `id command`; what only waits to be reaped does not count. */
export async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'stat=,pid=,args='], {
    maxBuffer: 64 * 1024 ** 2,
  })
  return stdout
    .split('\n')
    .filter((line) => line.includes(text) && !line.startsWith('Z'))
    .map((line) => line.replace(/^\S+\s+/, ''))
}
