import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { cacheFolder, type Download, downloaded } from './download.ts'

let cache: string

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'reservoir-cache-'))
})

afterEach(() => rmSync(cache, { recursive: true }))

const jars: Download = {
  name: 'jars-1',
  proof: 'all.jar',
  async fetchInto(folder) {
    await appendFile(join(cache, 'calls'), 'once\n')
    await writeFile(join(folder, 'all.jar'), 'whole')
  },
}

const silent = () => {}
const get = (download: Download = jars) => downloaded(download, silent, cache)
const timesFetched = () => readFileSync(join(cache, 'calls'), 'utf8').split('\n').length - 1

it('a missing download is made once', async () => {
  expect(await get()).toBe(join(cache, 'jars-1'))
  await get()
  expect(readFileSync(join(cache, 'jars-1/all.jar'), 'utf8')).toBe('whole')
  expect(timesFetched()).toBe(1)
})

it('concurrent callers share one download', async () => {
  await Promise.all([get(), get(), get()])
  expect(timesFetched()).toBe(1)
})

it('a failed download leaves no files, and the next one succeeds', async () => {
  const failing = { ...jars, fetchInto: () => Promise.reject(new Error('no network')) }
  await expect(get(failing)).rejects.toThrow('no network')
  expect(readdirSync(cache)).toEqual([])
  await get()
  expect(timesFetched()).toBe(1)
})

it('a download without its proof is incomplete', async () => {
  await expect(get({ ...jars, fetchInto: async () => {} })).rejects.toThrow('lacks all.jar')
  await mkdir(join(cache, 'jars-1'))
  await get()
  expect(existsSync(join(cache, 'jars-1/all.jar'))).toBe(true)
})

it('a download starts at once after another process was killed during it', async () => {
  const killed = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { downloaded } from ${JSON.stringify(join(import.meta.dirname, 'download.ts'))}
    const fetchInto = () => new Promise(() => { console.log('half'); setInterval(() => {}, 1000) })
    await downloaded({ name: 'jars-1', proof: 'all.jar', fetchInto }, () => {}, ${JSON.stringify(cache)})`,
  ])
  await once(killed.stdout, 'data')
  const messages: string[] = []
  const waiting = downloaded(jars, (text) => messages.push(text), cache)
  await expect.poll(() => messages).toEqual(['another process is downloading jars-1'])
  killed.kill('SIGKILL')
  await waiting
  expect(timesFetched()).toBe(1)
})

it('a download does not wait for a stale lock of another computer', async () => {
  const lock = join(cache, 'jars-1.lock')
  writeFileSync(lock, String(process.pid))
  const long = new Date(Date.now() - 60_000)
  utimesSync(lock, long, long)
  await get()
  expect(readdirSync(cache).toSorted()).toEqual(['calls', 'jars-1'])
})

it('a download removes old partial folders, and keeps recent ones', async () => {
  for (const name of ['jars-1.part-old', 'jars-1.part-new']) await mkdir(join(cache, name))
  const long = new Date(Date.now() - 48 * 3_600_000)
  utimesSync(join(cache, 'jars-1.part-old'), long, long)
  await get()
  expect(readdirSync(cache).toSorted()).toEqual(['calls', 'jars-1', 'jars-1.part-new'])
})

it("the cache is in the user's cache folder", () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/var/cache/ann' })).toBe('/var/cache/ann/reservoir')
  expect(cacheFolder({})).toMatch(/\/\.cache\/reservoir$/)
})
