/** Which process listens on a port: from `/proc` on Linux, from `lsof` elsewhere. Plain JavaScript, for the doctor. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

const LIMIT_MS = 3_000

/** `name (process N)`; `another process` if the system does not say which. */
export const holderOf = async (port) => {
  const pid = pidInProc(port)
  const holder = pid === undefined ? await fromLsof(port) : { pid, name: nameOf(pid) }
  return holder ? `${holder.name} (process ${holder.pid})` : 'another process'
}

const LISTENING = '0A'

/** Of a process of another user it cannot be read. */
const pidInProc = (port) => {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listenersIn(file, port)))
  if (sockets.size === 0) return undefined
  return read(() => readdirSync('/proc'), [])
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => linksOf(`/proc/${pid}/fd`).some((link) => sockets.has(link)))
}

/** The sockets that listen on the port, as the links of `/proc/N/fd` name them. */
const listenersIn = (file, port) => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = read(() => readFileSync(file, 'utf8'), '')
    .split('\n')
    .slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTENING && local.endsWith(`:${hex}`))
    .map((cells) => `socket:[${cells[9]}]`)
}

const linksOf = (folder) =>
  read(() => readdirSync(folder), []).map((name) => read(() => readlinkSync(`${folder}/${name}`), ''))

const nameOf = (pid) =>
  basename(read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '').split('\0')[0]) || 'a program'

const read = (work, otherwise) => {
  try {
    return work()
  } catch {
    return otherwise
  }
}

/** `lsof -F` prints a line `p` with the process and a line `c` with its command. */
const fromLsof = (port) =>
  new Promise((resolve) => {
    const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']
    execFile('lsof', args, { timeout: LIMIT_MS }, (_, stdout) => {
      const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(stdout ?? '') ?? []
      resolve(pid ? { pid, name } : undefined)
    })
  })
