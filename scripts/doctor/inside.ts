/** Runs the checks that need the installed packages: settings, data, Kafka and MongoDB. Prints JSON. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { topicsNamedBy } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { messageOf } from '#platform/log-line.ts'
import { DEFAULTS } from '#platform/defaults.mjs'
import { PROCESSOR_VARIABLES } from '#processor/config.ts'
import { PROXY_VARIABLES } from '#proxy/config.ts'
import { checkFiles } from './files.ts'
import { checkProfile } from './profile.ts'
import { type Finding, ok, warning, wrong } from './report.mjs'
import { checkServers } from './servers.ts'
import { checkSettings, isDev } from './settings.ts'
import { brokenLines, envFileText, loadEnvFile } from '../system/env-file.ts'
import { withHolder } from '../system/data-folder.ts'
import { unusedByStart } from '../system/unused.ts'

const ROOT = join(import.meta.dirname, '../..')
const DEV_KEYS = { tokens: join(ROOT, '.dev-key.json'), commands: join(ROOT, '.dev-command-keys') }

const text = envFileText() ?? ''
const broken = brokenLines(text).map((sentence) =>
  wrong('settings', sentence.replace(/\.$/, ''), 'correct or remove the line'),
)
if (broken.length === 0) loadEnvFile()
const findings = [...broken, ...unknownNames()]
const { settings, findings: invalid } = checkSettings(process.env)
findings.push(...invalid, ...checkProfile(process.env, DEV_KEYS), ...checkFiles(secretFiles()))
if (settings !== undefined) {
  const topics = topicsNamedBy(settings)
  findings.push(ok('settings', 'can be read'), ...unused(), await checkData(settings.DATA_DIR))
  findings.push(...(await checkServers({ ...settings, topics, isDev: isDev(process.env) })))
}
console.log(JSON.stringify({ findings, settings }))

/** Files and folders that hold secrets, whether they exist or not. */
function secretFiles(): string[] {
  const named = [...PROXY_VARIABLES, ...PROCESSOR_VARIABLES].filter((name) => name.endsWith('_FILE'))
  const paths = new Set([...named, 'KAFKA_SSL_KEY'].flatMap((name) => process.env[name] || []))
  return [join(ROOT, '.env'), ...Object.values(DEV_KEYS), process.env['DATA_DIR'] || DEFAULTS.DATA_DIR, ...paths]
}

/** The settings that `npm start` ignores, which it also reports. */
function unused(): Finding[] {
  return unusedByStart(process.env).map((sentence) => ok('settings', sentence.replace(/\.$/, '')))
}

/** Reports settings that no process reads, because they are probably misspelled. */
function unknownNames(): Finding[] {
  const known = parseEnv(readFileSync(join(ROOT, '.env.example'), 'utf8'))
  const unknown = Object.keys(parseEnv(text)).filter((name) => !Object.hasOwn(known, name))
  return unknown.map((name) => warning('settings', `.env sets ${name}, which no process reads`, 'see .env.example'))
}

async function checkData(folder: string): Promise<Finding> {
  const fault = folderFault(resolve(folder))
  if (fault !== null) return wrong('data', fault, 'fix that, or set DATA_DIR to another folder')
  const file = join(folder, 'log.db')
  if (!existsSync(file)) return ok('data', `${folder} is created at the first start`)
  try {
    await openEmbeddedLog({ file }).close()
    return ok('data', `${folder} is writable, and no process uses it`)
  } catch (error) {
    // The message ends with the remedy.
    const [message, remedy] = (await withHolder(messageOf(error))).split(/: (.*)/s)
    return wrong('data', message!, remedy ?? 'set DATA_DIR to another folder')
  }
}

/** A missing folder can be created if its nearest existing parent is writable. */
function folderFault(folder: string): string | null {
  if (!existsSync(folder)) return folderFault(dirname(folder))
  if (!statSync(folder).isDirectory()) return `${folder} is not a folder`
  try {
    accessSync(folder, constants.W_OK)
    return null
  } catch {
    return `${folder} is not writable`
  }
}
