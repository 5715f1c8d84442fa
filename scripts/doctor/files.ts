import { statSync } from 'node:fs'
import { type Finding, ok, warning } from './report.mjs'

const OTHERS = 0o077

/** Reports files and folders with secrets that other accounts of this computer may open. Windows has no such modes. */
export function checkFiles(paths: readonly string[]): Finding[] {
  if (process.platform === 'win32') return []
  const open = paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats || !(stats.mode & OTHERS)) return []
    const mode = (stats.mode & 0o777).toString(8)
    const remedy = `chmod ${stats.isDirectory() ? 700 : 600} ${path}`
    return [warning('files', `${path} is open to other accounts of this computer (mode ${mode})`, remedy)]
  })
  return open.length > 0 ? open : [ok('files', 'settings, keys and data are private')]
}
