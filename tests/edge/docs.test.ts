import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GROUPS } from '#edge/routes/routes.ts'
import { startTestSystem, type TestSystem } from '../system/system.ts'

/** The reference page in a real browser that can reach only this server. */

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome']

const browser = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => BROWSERS.map((name) => join(folder, name)))
  .find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })

const title = browser ? 'the reference page' : 'the reference page (skipped: Chromium is not installed)'

describe.skipIf(!browser)(title, () => {
  let system: TestSystem
  let profile: string
  let shown: string
  let log: string

  beforeAll(async () => {
    system = await startTestSystem()
    profile = mkdtempSync(join(tmpdir(), 'reservoir-browser-'))
    const child = spawn(browser!, [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--enable-logging=stderr',
      `--user-data-dir=${profile}`,
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      // Chromium's virtual time waits for the requests of the page.
      '--virtual-time-budget=20000',
      '--dump-dom',
      `http://127.0.0.1:${system.ports.edge}/docs`,
    ])
    const closed = once(child, 'close')
    ;[shown, log] = await Promise.all([text(child.stdout), text(child.stderr)])
    await closed
  })

  afterAll(async () => {
    await system.close()
    rmSync(profile, { recursive: true, force: true })
  })

  test('shows the guide, every group and a first route', () => {
    for (const heading of ['Getting started', 'Authentication', 'States of a booking', 'Limits', 'Response headers']) {
      expect(shown).toContain(`>${heading}<`)
    }
    for (const { name } of GROUPS) expect(shown).toContain(name)
    expect(shown).toContain('Request a booking')
  })

  test('obeys its content security policy and needs no other server', () => {
    const faults = log
      .split('\n')
      .filter((line) => /CONSOLE.*(Refused|Content Security Policy|ERR_|Uncaught)/.test(line))
    expect(faults).toEqual([])
  })
})
