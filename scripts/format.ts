/** `npm run format`: prints the tables of our documents from the code, then formats. */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { BLOCKS, withBlocks } from './architecture/blocks.ts'
import { killGroup, spawnGuarded } from './stack/guarded.ts'
import { npmCommand } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('format', async ({ values: { check }, positionals }, end) => {
  if (!check && positionals.length === 0) printBlocks()
  const args = [...(check ? ['--check'] : []), ...positionals]
  const child = spawnGuarded({ file: join(ROOT, 'node_modules/.bin/oxfmt'), args, cwd: ROOT }, 'pipe')
  end.addEventListener('abort', () => killGroup(child), { once: true })
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
  process.stdout.write(out)
  process.stderr.write(err)
  process.exitCode = code === 0 ? 0 : 1
})

function printBlocks(): void {
  for (const path of Object.keys(BLOCKS)) {
    const file = join(ROOT, path)
    writeFileSync(file, withBlocks(path, readFileSync(file, 'utf8')))
  }
}
