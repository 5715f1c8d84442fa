import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFolder, makePrivateDatabase, makePrivateFolder } from './folder.ts'

const root = mkdtempSync(join(tmpdir(), 'reservoir-folder-'))
afterAll(() => rmSync(root, { recursive: true }))

test('creates a folder with its parents, and leaves an existing folder as it is', () => {
  const path = join(root, 'a/b/c')
  makeFolder(path)
  expect(statSync(path).isDirectory()).toBe(true)
  writeFileSync(join(path, 'file'), '')
  makeFolder(path)
  expect(existsSync(join(path, 'file'))).toBe(true)
})

test('throws if a part of the path is a file', () => {
  writeFileSync(join(root, 'file'), '')
  expect(() => makeFolder(join(root, 'file'))).toThrow('EEXIST')
  expect(() => makeFolder(join(root, 'file/below'))).toThrow(/EEXIST|ENOTDIR/)
})

test.runIf(existsSync('/proc/self'))('throws for a folder below /proc', () => {
  expect(() => makeFolder('/proc/reservoir/data')).toThrow('ENOENT')
})

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

test('creates folders that only their owner can read, and leaves the mode of an existing one', () => {
  const [shared, created] = [join(root, 'shared'), join(root, 'shared/x/y')]
  mkdirSync(shared)
  chmodSync(shared, 0o755)
  makeFolder(created)
  expect([shared, join(shared, 'x'), created].map(modeOf)).toEqual(['755', '700', '700'])
})

test('restricts a private folder that others could read', () => {
  const path = join(root, 'private')
  mkdirSync(path)
  chmodSync(path, 0o755)
  makePrivateFolder(path)
  expect(modeOf(path)).toBe('700')
})

test('creates the file of a database for its owner alone, and restricts existing files without changing them', () => {
  const [created, old] = [join(root, 'new.db'), join(root, 'old.db')]
  const all = [old, `${old}-wal`, `${old}-shm`]
  for (const path of all) writeFileSync(path, 'content')
  for (const path of all) chmodSync(path, 0o644)
  for (const path of [created, old]) makePrivateDatabase(path)
  expect([created, ...all].map(modeOf)).toEqual(['600', '600', '600', '600'])
  expect(statSync(old).size).toBe('content'.length)
})
