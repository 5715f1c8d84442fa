/** Checks the ports: whether they are free, and whether the processes that listen there are ready. */
import { connect } from 'node:net'
import { holderOf } from '../system/port-holder.mjs'
import { ok, warning, wrong } from './report.mjs'

const LIMIT_MS = 3_000

/** Edge, proxy and query API. Each names itself in `/readyz`, which tells it from a foreign process. */
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
  if (!(await isTaken(port))) return ok(name, `port ${port} is free, nothing runs there`)
  if (await isOurs(at)) return (await mismatch?.(at, settings)) ? otherCredentials(name, at) : readiness(name, at)
  return wrong(name, `port ${port} is taken by ${await holderOf(port)}`, `stop it, or set ${variable} to another port`)
}

const otherCredentials = (name, at) =>
  wrong(
    name,
    `runs at ${at} and has other credentials`,
    'set UPSTASH_KAFKA_REST_USERNAME and _PASSWORD to those of the proxy',
  )

const readiness = async (name, at) => {
  const response = await answerOf(`${at}/readyz`)
  if (response?.ok) return ok(name, `ready at ${at}`)
  const body = await response?.json().catch(() => undefined)
  const faults = body?.faults?.join(', ') || 'it does not answer in time'
  return wrong(
    name,
    `runs at ${at} and is not ready (${faults})`,
    'read what npm start has printed, then start it again',
  )
}

/** Only the curls of the documents use these ports. */
export const checkDocumentedPorts = async (ports) => {
  const states = await Promise.all(
    ports.map(async (port) => {
      if (!(await isTaken(port))) return { port, who: null }
      const isOurs = await PARTS.edge.isOurs(`http://localhost:${port}`)
      return { port, who: isOurs ? null : await holderOf(port) }
    }),
  )
  const taken = states.filter(({ who }) => who !== null)
  if (taken.length === 0) return ok('documented', `ports ${ports.join(' ')} are free or ours`)
  const says = taken.map(({ port, who }) => `port ${port} is taken by ${who}`).join(', ')
  return warning('documented', says, "stop it to use the documents' curls there")
}

const isTaken = (port) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: LIMIT_MS })
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
