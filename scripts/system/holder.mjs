/** Which process listens on a port or has a file open: from `/proc` on Linux, from `lsof` elsewhere. Plain JavaScript, for the doctor. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'

const LIMIT_MS = 3_000

/** The process that listens on a port: `name (process N)`; `another process` if the system does not say which. */
export const holderOf = (port) => {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listenersIn(file, port))
  return described(pidWith(sockets), [`-iTCP:${port}`, '-sTCP:LISTEN'])
}

/** The process that has a file open, in the same words. */
export const holderOfFile = (file) => {
  const path = read(() => realpathSync(file), file)
  return described(pidWith([path]), ['--', path])
}

const described = async (pid, lsofArguments) => {
  const holder = pid === undefined ? await fromLsof(lsofArguments) : { pid, name: nameOf(pid) }
  return holder ? `${holder.name} (process ${holder.pid})` : 'another process'
}

const LISTENING = '0A'

/** Of a process of another user it cannot be read. */
const pidWith = (links) => {
  if (links.length === 0) return undefined
  return read(() => readdirSync('/proc'), [])
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => linksOf(`/proc/${pid}/fd`).some((link) => links.includes(link)))
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
const fromLsof = (selection) =>
  new Promise((resolve) => {
    execFile('lsof', ['-nP', '-Fpc', ...selection], { timeout: LIMIT_MS }, (_, stdout) => {
      const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(stdout ?? '') ?? []
      resolve(pid ? { pid, name } : undefined)
    })
  })
