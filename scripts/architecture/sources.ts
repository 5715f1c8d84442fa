import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { MODULE } from '../viewer/module.mjs'
import type { SourceFile } from './import-table.ts'

const isSource = (path: string): boolean => /\.(m?[jt]s|tsx)$/.test(path)

/** All our code below the root: neither what an installation writes nor anything in a hidden folder. */
export const readSources = (root: string): SourceFile[] => {
  const folders = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'),
  )
  const paths = folders.flatMap(({ name }) =>
    readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).map((path) => join(name, path)),
  )
  return paths
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => isSource(path) && path !== MODULE)
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}
