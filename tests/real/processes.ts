import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The running processes whose command line contains the text, as `id command`; without zombies. */
export async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'stat=,pid=,args='], {
    maxBuffer: 64 * 1024 ** 2,
  })
  return stdout
    .split('\n')
    .filter((line) => line.includes(text) && !line.startsWith('Z'))
    .map((line) => line.replace(/^\S+\s+/, ''))
}
