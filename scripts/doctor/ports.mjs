/** Checks the ports: whether they are free, and whether the processes that listen there are ready. */
import { connect } from 'node:net'
import { holderOf } from '../system/holder.mjs'
import { ok, warning, wrong } from './report.mjs'

const LIMIT_MS = 3_000

/** Edge, proxy and query API. Each names its service in `/readyz`, which distinguishes it from other programs. */
const PARTS = {
  edge: {
    variable: 'EDGE_PORT',
    isOurs: async (at) => (await jsonAt(`${at}/readyz`))?.service === 'edge',
  },
  proxy: {
    variable: 'PROXY_PORT',
    isOurs: async (at) => (await jsonAt(`${at}/readyz`))?.service === 'proxy',
    mismatch: async (at, { UPSTASH_KAFKA_REST_USERNAME: user, UPSTASH_KAFKA_REST_PASSWORD: password }) => {
      if (user === undefined) return false
      const headers = { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
      return (await answerOf(`${at}/topics`, { headers }))?.status === 401
    },
  },
  'query API': {
    variable: 'PROCESSOR_PORT',
    isOurs: async (at) => (await jsonAt(`${at}/readyz`))?.service === 'processor',
  },
}

export const checkParts = async (settings) => {
  const findings = Object.entries(PARTS).map(([name, part]) => checkPart(name, part, settings))
  return Promise.all(findings)
}

const checkPart = async (name, { variable, isOurs, mismatch }, settings) => {
  const port = settings[variable]
  const at = `http://localhost:${port}`
  if (!(await isTaken(port))) return ok(name, `port ${port} is free`)
  if (await isOurs(at)) return (await mismatch?.(at, settings)) ? otherCredentials(name, at) : readiness(name, at)
  return wrong(name, `port ${port} is in use by ${await holderOf(port)}`, `stop it, or set ${variable} to another port`)
}

const otherCredentials = (name, at) =>
  wrong(
    name,
    `runs at ${at} with other credentials`,
    'set UPSTASH_KAFKA_REST_USERNAME and _PASSWORD to those of the proxy',
  )

const readiness = async (name, at) => {
  const response = await answerOf(`${at}/readyz`)
  const body = await response?.json().catch(() => undefined)
  const warnings = body?.warnings ?? []
  if (response?.ok && warnings.length > 0) {
    return warning(name, `ready at ${at}, but ${warnings.join(', and ')}`, 'see docs/runbook.md')
  }
  if (response?.ok) return ok(name, `ready at ${at}`)
  const faults = body?.faults?.join(', ') || 'it does not respond in time'
  return wrong(name, `runs at ${at} but is not ready (${faults})`, 'read the output of npm start, then restart it')
}

/** Only the curl commands of the design documents use these ports. */
export const checkDocumentedPorts = async (ports) => {
  const states = await Promise.all(
    ports.map(async (port) => {
      if (!(await isTaken(port))) return { port, holder: null }
      const isOurs = await PARTS.edge.isOurs(`http://localhost:${port}`)
      return { port, holder: isOurs ? null : await holderOf(port) }
    }),
  )
  const taken = states.filter(({ holder }) => holder !== null)
  if (taken.length === 0) return ok('documented', `ports ${ports.join(' ')} are free or in use by Reservoir`)
  const message = taken.map(({ port, holder }) => `port ${port} is in use by ${holder}`).join(', ')
  return warning('documented', message, "stop it to use the documents' curl commands")
}

/** Whether anything answers at `localhost`, which may be either address. */
const isTaken = async (port) =>
  (await Promise.all(['127.0.0.1', '::1'].map((host) => isTakenAt(host, port)))).some(Boolean)

const isTakenAt = (host, port) =>
  new Promise((resolve) => {
    const socket = connect({ port, host, timeout: LIMIT_MS })
    const settle = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .once('connect', () => settle(true))
      .once('error', () => settle(false))
      .once('timeout', () => settle(true))
  })

const answerOf = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(LIMIT_MS) }).catch(() => undefined)

const jsonAt = async (url) => (await answerOf(url))?.json().catch(() => undefined)
