import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../conformance/scene.ts'
import { openEmbeddedLog } from './embedded-log.ts'

const KILLS = 5

test('kill -9 loses nothing acknowledged and leaves no gap', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-kill-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'log.db')

  let acknowledged = -1
  for (let kill = 0; kill < KILLS; kill++) {
    const last = await appendUntilKilled(file, acknowledged)
    expect(last).toBeGreaterThan(acknowledged)
    acknowledged = last
  }

  const offsets = await offsetsIn(file)
  expect(offsets).toEqual(offsets.map((_, i) => i))
  expect(offsets.length).toBeGreaterThan(acknowledged)
}, 60_000)

/** The highest offset a child acknowledged before it was killed in the middle of its work. */
async function appendUntilKilled(file: string, before: number): Promise<number> {
  const script = join(import.meta.dirname, 'killed.ts')
  const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed += text))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const highest = (): number => Math.max(before, ...completeLines(printed))
  await until('the child has written a good deal', () => highest() > before + 200)
  child.kill('SIGKILL')
  await ended
  return highest()
}

/** Without the last line, which the kill may have cut short. */
const completeLines = (printed: string): number[] => printed.split('\n').slice(0, -1).slice(-1000).map(Number)

async function offsetsIn(file: string): Promise<number[]> {
  const log = openEmbeddedLog({ file })
  const { end } = (await log.bounds('kill'))[0]!
  const offsets: number[] = []
  while (offsets.length < end) {
    const messages = await log.read({ topic: 'kill', partition: 0, offset: offsets.length }, 500, 0)
    offsets.push(...messages.map(({ offset }) => offset))
  }
  await log.close()
  return offsets
}
