import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { missing } from './needs.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reservoir-needs-'))
  vi.stubEnv('PATH', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function has(program: string, printed: string): void {
  writeFileSync(join(folder, program), `#!/bin/sh\necho '${printed}'\n`)
  chmodSync(join(folder, program), 0o755)
}

it('every missing program is named', async () => {
  expect(await missing()).toBe('Java 17 or newer, Maven (mvn), Python 3.10 or newer with venv (python3)')
})

it('suitable versions are accepted', async () => {
  has('java', 'openjdk version "21.0.2" 2024-01-16')
  has('mvn', 'Apache Maven 3.9.9')
  has('python3', '3 12')
  expect(await missing()).toBeUndefined()
})

it('programs that are too old are named', async () => {
  has('java', 'java version "1.8.0_392"')
  has('mvn', 'Apache Maven 3.9.9')
  has('python3', '3 9')
  expect(await missing()).toBe('Java 17 or newer, Python 3.10 or newer with venv (python3)')
})
