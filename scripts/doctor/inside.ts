/** What only our own code can tell, once it is installed: whether settings and data are as it takes them. Prints JSON. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { driverProblems } from '#processor/config.ts'
import { type Finding, ok, warning, wrong } from './report.mjs'
import { checkServers } from './servers.ts'
import { type LocalConfig, readLocalConfig } from '../system/config.ts'
import { DOCUMENTED_PORTS } from '../system/system.ts'

const ROOT = join(import.meta.dirname, '../..')
const ENV_FILE = join(ROOT, '.env')

const findings = [...unknownNames()]
const settings = readSettings()
if (settings !== undefined) {
  const topics = { ...TOPICS, requests: settings.KAFKA_REQUEST_TOPIC }
  const isDev = (process.env['PROFILE'] || 'dev') === 'dev'
  findings.push(ok('settings', 'can be read'), await checkData(settings.DATA_DIR))
  findings.push(...(await checkServers({ ...settings, topics, isDev })))
}
console.log(JSON.stringify({ findings, settings, documented: DOCUMENTED_PORTS }))

function readSettings(): LocalConfig | undefined {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  try {
    return readLocalConfig(process.env, driverProblems(process.env))
  } catch (error) {
    const problems = (error as Error).message.split('\n').slice(1)
    findings.push(wrong('settings', problems.map((problem) => problem.trim()).join(', '), 'see .env.example'))
    return undefined
  }
}

/** Misspelt, most likely: a name that nothing reads changes nothing. */
function unknownNames(): Finding[] {
  if (!existsSync(ENV_FILE)) return []
  const [known, given] = [join(ROOT, '.env.example'), ENV_FILE].map((file) => parseEnv(readFileSync(file, 'utf8')))
  const unknown = Object.keys(given!).filter((name) => !Object.hasOwn(known!, name))
  return unknown.map((name) => warning('settings', `.env sets ${name}, which nothing reads`, 'see .env.example'))
}

async function checkData(folder: string): Promise<Finding> {
  const fault = folderFault(resolve(folder))
  if (fault !== null) return wrong('data', fault, 'mend that, or set DATA_DIR to another folder')
  const file = join(folder, 'log.db')
  if (!existsSync(file)) return ok('data', `${folder} is made at the first start`)
  try {
    await openEmbeddedLog({ file }).close()
    return ok('data', `${folder} can be written, and nobody uses it`)
  } catch (error) {
    // The sentence brings its mend along.
    const [says, mend] = (error as Error).message.split(/: (.*)/s)
    return wrong('data', says!, mend ?? 'set DATA_DIR to another folder')
  }
}

/** What is not there yet is made, if that which is to hold it can be written. */
function folderFault(folder: string): string | null {
  if (!existsSync(folder)) return folderFault(dirname(folder))
  if (!statSync(folder).isDirectory()) return `${folder} is not a folder`
  try {
    accessSync(folder, constants.W_OK)
    return null
  } catch {
    return `${folder} cannot be written`
  }
}
