import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Sentence } from '../terminal/terminal.ts'

const FILE = join(import.meta.dirname, '../../.env')

/** Takes up the settings of `.env`, if there is one; the environment wins. Throws a Sentence that names each broken line. */
export function loadEnvFile(file = FILE): void {
  if (!existsSync(file)) return
  const broken = brokenLines(readFileSync(file, 'utf8'))
  if (broken.length > 0) throw new Sentence(broken.join('\n'))
  process.loadEnvFile(file)
}

/** The text of `.env`; undefined if there is none. */
export const envFileText = (file = FILE): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined

const SETTING = /^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*)$/

/**
 * A sentence for each line that sets nothing and is not a comment, or that sets a name for the second time. A quoted value may
 * continue on further lines.
 */
export function brokenLines(text: string): string[] {
  const lines = text.split(/\r?\n/)
  const broken: string[] = []
  const seen = new Map<string, number>()
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, value] = SETTING.exec(line) ?? []
    if (value === undefined) broken.push(`Line ${i + 1} of .env is not NAME=VALUE: ${line.trim()}`)
    if (name !== undefined && seen.has(name))
      broken.push(`Line ${i + 1} of .env sets ${name} again; line ${seen.get(name)} sets it too.`)
    if (name !== undefined) seen.set(name, i + 1)
    const quote = /^["'`]/.exec(value ?? '')?.[0]
    if (quote === undefined || value!.includes(quote, 1)) continue
    const end = lines.findIndex((later, at) => at > i && later.includes(quote))
    if (end === -1) broken.push(`Line ${i + 1} of .env opens a quote that no line closes.`)
    else i = end
  }
  return broken
}
