import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkFiles } from './files.ts'
import { ok, warning } from './report.mjs'

test('files and folders that other accounts may open cause a warning with the command that closes them', async () => {
  const root = await mkdtemp(join(tmpdir(), 'reservoir-files-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const [key, data] = [join(root, 'key'), join(root, 'data')]
  await writeFile(key, 'secret')
  await mkdir(data)
  await Promise.all([chmod(key, 0o640), chmod(data, 0o755)])
  const paths = [key, data, join(root, 'none')]
  expect(checkFiles(paths)).toEqual([
    warning('files', `${key} is open to other accounts of this computer (mode 640)`, `chmod 600 ${key}`),
    warning('files', `${data} is open to other accounts of this computer (mode 755)`, `chmod 700 ${data}`),
  ])
  await Promise.all([chmod(key, 0o600), chmod(data, 0o700)])
  expect(checkFiles(paths)).toEqual([ok('files', 'settings, keys and data are private')])
})
