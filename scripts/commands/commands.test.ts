import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../node24/node24.mjs'
import { type Command, typed } from './help.mjs'
import { type CommandName, examine } from './read.mjs'
import { COMMANDS } from './table.mjs'

const commands = Object.entries(COMMANDS) as [CommandName, Command][]

interface Ended {
  code: number | null
  out: string
  err: string
}

/** As npm runs it. */
const launch = (name: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const launcher = join(ROOT, 'scripts/node24/launch.mjs')
    const options = { env: { ...process.env, npm_lifecycle_event: name, ...env } }
    const child = execFile(process.execPath, [launcher, name, ...args], options, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    )
  })

test('the scripts of package.json are the commands of the table and the postinstall script', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
  const expected = commands.map(([name]) => [name, `exec node scripts/node24/launch.mjs ${name}`])
  expect(scripts).toEqual({ ...Object.fromEntries(expected), postinstall: 'node scripts/viewer/fetch.mjs' })
})

test('each file at the top of scripts/ is the program of a command', () => {
  const programs = commands.map(([, { program }]) => program)
  const files = readdirSync(join(ROOT, 'scripts'), { withFileTypes: true }).filter((entry) => entry.isFile())
  const atTop = files.map(({ name }) => `scripts/${name}`).filter((path) => !path.endsWith('.test.ts'))
  expect(atTop.filter((path) => !programs.includes(path))).toEqual([])
  expect(programs.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

describe.each(commands)('npm run %s', (name, command) => {
  const options = Object.entries(command.options ?? {})

  test.each(['--help', '-h'])('prints its usage and every option for %s, within 80 columns', async (help) => {
    const { code, out, err } = await launch(name, [help])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(new RegExp(`^Usage: ${typed(name, command)}( |\n)`))
    for (const [option] of options) expect(out).toContain(`--${option}`)
    for (const setting of command.environment ?? []) expect(out).toContain(setting)
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('rejects an unknown option in one sentence', async () => {
    const { code, out, err } = await launch(name, ['--no-such-option'])
    expect([code, out]).toEqual([2, ''])
    const [sentence, usage, pointer] = err.trimEnd().split('\n')
    expect(sentence).toMatch(/ has no option --no-such-option\.$/)
    expect(usage).toMatch(/^Usage: npm /)
    expect(pointer).toMatch(/ -- --help lists all options\.$/)
  })

  test('rejects an unknown argument', async () => {
    const { argument } = command
    if (argument?.many) {
      expect(examine(name, ['a', 'b'], {}).positionals).toEqual(['a', 'b'])
      return
    }
    const { code, err } = await launch(name, argument ? [argument.choices![0]!, 'foo'] : ['foo'])
    expect(code).toBe(2)
    expect(err).toMatch(/ takes no argument foo\.\nUsage: /)
  })

  test('accepts its own examples', () => {
    for (const example of command.examples) {
      const words = (/npm (?:run (?:-s )?\S+|start|test)(?: -- ([^|>]*))?/.exec(example)![1] ?? '').trim()
      const args = words === '' ? [] : words.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''))
      expect(examine(name, args, {}).fault, example).toBeUndefined()
    }
  })

  if (options.length === 0) return

  test('explains how to pass an option that npm has consumed', async () => {
    for (const [option, { type }] of options) {
      const kept = { [`npm_config_${option.replaceAll('-', '_').toLowerCase()}`]: type === 'flag' ? 'true' : '7' }
      const { fault } = examine(name, [], { npm_lifecycle_event: name, ...kept })
      expect(fault).toContain(
        `npm keeps options for itself: write ${typed(name, command)} -- --${option}${type === 'flag' ? '' : ' 7'}`,
      )
      // Of another command that runs this one.
      expect(examine(name, [], { npm_lifecycle_event: 'other', ...kept }).fault ?? '').not.toContain('npm keeps')
    }
  })

  test('rejects invalid values of its options', () => {
    for (const [option, { type }] of options) {
      const fault = (...args: string[]) => examine(name, args, {}).fault
      if (type === 'flag') expect(fault(`--${option}=yes`)).toBe(`--${option} takes no value.`)
      else expect(fault(`--${option}`)).toBe(`--${option} needs a value.`)
      if (type === 'number') expect(fault(`--${option}`, 'x')).toMatch(/must be a number from .* to .*, not x\.$/)
      if (type === 'choice') expect(fault(`--${option}`, 'x')).toMatch(/must be .* or .*, not x\.$/)
    }
  })
})

test('an option that npm consumed without its value is shown with the value', () => {
  const env = { npm_lifecycle_event: 'monitor', npm_config_topic: 'true' }
  expect(examine('monitor', ['bookings'], env).fault).toBe(
    'npm keeps options for itself: write npm run monitor -- --topic bookings',
  )
})

test('several options that npm consumed are shown without a value of another one', () => {
  const env = { npm_lifecycle_event: 'token', npm_config_role: 'true', npm_config_sub: 'true' }
  expect(examine('token', ['owner-1', 'owner'], env).fault).toMatch(/ -- --role traveler --sub [A-Z]+$/)
  expect(
    examine('edge', [], { npm_lifecycle_event: 'edge', npm_config_runtime: 'deno', npm_config_port: '1' }).fault,
  ).toBe('npm keeps options for itself: write npm run edge -- --runtime deno --port 1')
})

test('numbers, flags and defaults are parsed', () => {
  expect(examine('demo', ['--rate', '2.5'], {}).values).toEqual({ rate: 2.5, seconds: 60 })
  expect(examine('monitor', ['--topic=b', '--headers'], {}).values).toMatchObject({
    topic: 'b',
    headers: true,
    full: false,
  })
  expect(examine('token', ['--role', 'owner'], {}).fault).toBe('--sub is missing.')
  expect(examine('bench', [], {}).fault).toBe('The argument is missing: processor, proxy or fit.')
})

test('an option is given once, except one that takes many values', () => {
  const roles = ['--role', 'owner', '--role', 'admin', '--sub', 'x']
  expect(examine('token', roles, {}).fault).toBe('--role is given twice.')
  expect(examine('test', ['--project', 'node', '--project', 'real'], {}).fault).toBeUndefined()
  expect(examine('test:quick', ['--project', 'real'], {}).fault).toBe('npm run test:quick has no option --project.')
})
