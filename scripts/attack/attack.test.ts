import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { Attack } from './attacks.ts'
import { type Cost, costOf } from './measure.ts'
import { limitMemory } from './memory-limit.ts'
import { describeCost, isHarmless } from './report.ts'

const target = {
  urls: { edge: 'http://127.0.0.1:1', proxy: 'http://127.0.0.1:1', processor: 'http://127.0.0.1:1' },
  token: () => Promise.resolve('token'),
  ended: () => [],
  isLimited: false,
}

test('an attack that ends early has no cost', async () => {
  const client = { work: () => Promise.resolve({ samples: [1], failures: [] }) }
  const unknown: Attack = { name: 'unknown', about: '', run: () => Promise.resolve() }
  await expect(costOf(unknown, target, client, 1)).rejects.toThrow('The attack unknown has ended early (exit code 1).')
})

test('a client without an answer has no latency', () => {
  const cost: Cost = {
    attack: 'idle',
    quietP99Ms: 20,
    p99Ms: Number.NaN,
    requests: 1,
    failures: ['none'],
    ended: ['edge'],
    isLimited: true,
  }
  expect(isHarmless(cost)).toBe(false)
  expect(stripVTControlCharacters(describeCost(cost, process.stdout))).toBe(
    'idle       20 ms → no answer, 1 of 1 failed, ended: edge, first failure: none',
  )
})

const ROOT = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((root) => existsSync(`${root}/cgroup.procs`))
const probe = limitMemory('probe', 2 ** 26)
probe?.remove()

test.skipIf(!probe)('on Linux as root, the control group of a killed process is removed', async () => {
  const dead = spawn(process.execPath, ['--version'])
  await once(dead, 'exit')
  const abandoned = `${ROOT}/reservoir-test-${dead.pid}`
  mkdirSync(abandoned)
  limitMemory('test', 2 ** 26)!.remove()
  expect(existsSync(abandoned)).toBe(false)
})
