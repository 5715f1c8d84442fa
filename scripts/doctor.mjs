/** `npm run doctor` finds problems and shows how to fix them. Plain JavaScript, because it runs before packages are installed. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { DEFAULTS, DEV_DEFAULTS, DOCUMENTED_PORTS } from '../platform/defaults.mjs'
import { readArguments } from './commands/read.mjs'
import { checkKey, checkTokens, readKeyId } from './doctor/keys.mjs'
import { checkNode, checkNpm, checkPackages, checkRegistry } from './doctor/machine.mjs'
import { checkDocumentedPorts, checkParts } from './doctor/ports.mjs'
import { linesOf, warning, wrong } from './doctor/report.mjs'
import { isInstalled, ROOT } from './node24/node24.mjs'

const { values } = readArguments('doctor')

/** Used while the settings cannot be read. */
const ASSUMED = {
  EDGE_PORT: Number(process.env.EDGE_PORT) || DEFAULTS.EDGE_PORT,
  PROXY_PORT: Number(process.env.PROXY_PORT) || DEFAULTS.PROXY_PORT,
  PROCESSOR_PORT: Number(process.env.PROCESSOR_PORT) || DEFAULTS.PROCESSOR_PORT,
  JWT_ISSUER: process.env.JWT_ISSUER || DEV_DEFAULTS.JWT_ISSUER,
  JWT_AUDIENCE: process.env.JWT_AUDIENCE || DEV_DEFAULTS.JWT_AUDIENCE,
}

const askInside = () => {
  const node = join(ROOT, 'node_modules/node/bin/node')
  return new Promise((resolve) =>
    execFile(node, [join(ROOT, 'scripts/doctor/inside.ts')], { timeout: 20_000 }, (error, stdout, stderr) => {
      if (!error) return resolve(JSON.parse(stdout))
      const message = `cannot be checked (${(stderr || error.message).trim().split('\n')[0]})`
      resolve({ findings: [wrong('settings', message, 'run npm ci, then npm run doctor again')] })
    }),
  )
}

const NOT_INSIDE = {
  findings: [warning('settings', 'cannot be checked before the packages are installed', 'npm start')],
}

/** Data in use is not a problem if the running system uses it. */
const unlessByUs = (finding, parts) => {
  const byUs =
    finding.what === 'data' &&
    finding.message.includes('in use') &&
    parts.some(({ message }) => message.startsWith('ready'))
  return byUs ? { what: 'data', state: 'ok', message: 'in use by the running system' } : finding
}

const inside = isInstalled(ROOT) ? await askInside() : NOT_INSIDE
const settings = { ...ASSUMED, ...inside.settings }
const kid = readKeyId(ROOT)
const about = { issuer: settings.JWT_ISSUER, audience: settings.JWT_AUDIENCE, kid }
const [npm, parts, documented, ...registry] = await Promise.all([
  checkNpm(ROOT),
  checkParts(settings),
  checkDocumentedPorts(DOCUMENTED_PORTS),
  ...(values.network ? [checkRegistry(ROOT)] : []),
])
const findings = [
  checkNode(process.versions.node),
  npm,
  checkPackages(ROOT),
  ...registry,
  ...inside.findings.map((finding) => unlessByUs(finding, parts)),
  checkKey(kid),
  ...checkTokens(process.env, about, Date.now()),
  ...parts,
  documented,
]
const { isTTY: isTerminal } = process.stdout
for (const line of linesOf(findings, { isTerminal, hasColor: isTerminal && !process.env.NO_COLOR })) console.log(line)
if (findings.some(({ state }) => state === 'wrong')) process.exitCode = 1
