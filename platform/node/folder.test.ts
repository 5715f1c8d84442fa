import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFolder } from './folder.ts'

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
