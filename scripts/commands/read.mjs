/** Reads a command's arguments by the table, for the launcher and for the programs. */
import { parseArgs } from 'node:util'
import { helpOf, typed, usageOf } from './help.mjs'
import { COMMANDS } from './table.mjs'

/**
 * The values of a command's options and its arguments. Ends the process instead if there is nothing to run: with code 0 after
 * `--help`, with code 2 after a sentence about what is wrong.
 */
export const readArguments = (name, args = process.argv.slice(2), env = process.env) => {
  const command = COMMANDS[name]
  const { values, positionals, isHelp, fault } = examine(name, args, env)
  if (isHelp) {
    console.log(helpOf(name, command))
    process.exit(0)
  }
  if (fault === undefined) return { values, positionals }
  console.error(`${fault}\n${usageOf(name, command)}\n${typed(name, COMMANDS[name])} -- --help lists all options.`)
  process.exit(2)
}

/** Pure: what was asked for, or the first thing that is wrong with it. */
export const examine = (name, args, env) => {
  const { options = {}, argument } = COMMANDS[name]
  const { tokens, positionals } = parse(args, options)
  const named = tokens.filter(({ kind }) => kind === 'option')
  if (named.some((token) => token.name === 'help')) return { isHelp: true }
  const fault =
    keptByNpm(name, options, positionals, env) ??
    first(named, (token) => optionFault(name, options[token.name], token)) ??
    first(named, (token) => repetitionFault(options[token.name], named, token)) ??
    argumentFault(name, argument, positionals) ??
    first(Object.entries(options), ([option, { required }]) =>
      required && !named.some((token) => token.name === option) ? `--${option} is missing.` : undefined,
    )
  return fault === undefined ? { values: valuesOf(options, named), positionals } : { fault }
}

const parse = (args, options) => {
  const known = Object.entries(options).map(([option, { type, short }]) => [
    option,
    { type: type === 'flag' ? 'boolean' : 'string', ...(short ? { short } : {}) },
  ])
  const help = { type: 'boolean', short: 'h' }
  return parseArgs({
    args,
    options: Object.fromEntries([...known, ['help', help]]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
}

/**
 * npm takes for itself what stands before `--`: it arrives as a variable, and its value as an argument. Several values cannot be
 * assigned to their options, so the sentence names what each option takes.
 */
const keptByNpm = (name, options, positionals, env) => {
  if (env.npm_lifecycle_event !== name) return undefined
  const kept = Object.entries(options).flatMap(([option, spec]) => {
    const value = env[`npm_config_${option.replaceAll('-', '_').toLowerCase()}`]
    // npm has an option of its own called `key`, a certificate's.
    return !value || value.includes('BEGIN') ? [] : [{ option, spec, value }]
  })
  if (kept.length === 0) return undefined
  const words = kept.map(({ option, spec, value }) => {
    const placeholder = spec.takes ?? spec.choices?.[0]
    const given = value === 'true' ? ((kept.length === 1 ? positionals[0] : undefined) ?? placeholder) : value
    return spec.type === 'flag' ? `--${option}` : `--${option} ${given}`
  })
  return `npm keeps options for itself: write ${typed(name, COMMANDS[name])} -- ${words.join(' ')}`
}

const optionFault = (name, option, { rawName, value }) => {
  if (option === undefined) return `${typed(name, COMMANDS[name])} has no option ${rawName}.`
  if (option.type === 'flag') return value === undefined ? undefined : `${rawName} takes no value.`
  if (value === undefined || value === '') return `${rawName} needs a value.`
  if (option.type === 'choice') return choiceFault(rawName, option.choices, value)
  if (option.type !== 'number') return undefined
  const number = Number(value)
  if (number >= option.least && number <= option.most) return undefined
  return `${rawName} must be a number from ${option.least} to ${option.most}, not ${value}.`
}

const repetitionFault = ({ many }, named, { name, rawName }) =>
  !many && named.filter((token) => token.name === name).length > 1 ? `${rawName} is given twice.` : undefined

const choiceFault = (what, choices, value) =>
  choices.includes(value) ? undefined : `${what} must be ${anyOf(choices)}, not ${value}.`

const anyOf = (words) => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

const argumentFault = (name, argument, positionals) => {
  const unexpected = argument?.many ? undefined : positionals[argument ? 1 : 0]
  if (unexpected !== undefined) return `${typed(name, COMMANDS[name])} takes no argument ${unexpected}.`
  if (!argument) return undefined
  const [given] = positionals
  if (given === undefined) return argument.required ? `The argument is missing: ${anyOf(argument.choices)}.` : undefined
  return argument.choices ? choiceFault('The argument', argument.choices, given) : undefined
}

const valuesOf = (options, named) => {
  const values = Object.entries(options).map(([option, { type, default: usual }]) => {
    const last = named.findLast((token) => token.name === option)
    if (type === 'flag') return [option, last !== undefined]
    if (last === undefined) return [option, usual]
    return [option, type === 'number' ? Number(last.value) : last.value]
  })
  return Object.fromEntries(values)
}

const first = (list, judge) => {
  for (const one of list) {
    const fault = judge(one)
    if (fault !== undefined) return fault
  }
  return undefined
}
