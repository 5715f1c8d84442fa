/** `npm run format`: prints the tables of our documents from the code, then formats. */
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { BLOCKS, withBlocks } from './architecture/blocks.ts'
import { killGroup, spawnGuarded } from './stack/guarded.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('format', async ({ values: { check }, positionals }, end) => {
  refuseMissing(positionals)
  if (!check && positionals.length === 0) printBlocks()
  const args = [...(check ? ['--check'] : []), ...positionals]
  const child = spawnGuarded({ file: join(ROOT, 'node_modules/.bin/oxfmt'), args, cwd: ROOT }, 'pipe')
  end.addEventListener('abort', () => killGroup(child), { once: true })
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
  process.stdout.write(out)
  process.stderr.write(err)
  process.exitCode = code === 0 ? 0 : 1
})

/** oxfmt also takes patterns; which files they match, it finds out itself. */
const PATTERN = /[*?![{]/

function refuseMissing(paths: readonly string[]): void {
  const missing = paths.filter((path) => !PATTERN.test(path) && !existsSync(resolve(ROOT, path)))
  if (missing.length > 0) throw new Sentence(`No such file or folder: ${missing.join(', ')}.`, 2)
}

function printBlocks(): void {
  for (const path of Object.keys(BLOCKS)) {
    const file = join(ROOT, path)
    writeFileSync(file, withBlocks(path, readFileSync(file, 'utf8')))
  }
}
