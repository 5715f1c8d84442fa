/** What `--help` prints, and the line of usage under a refusal. At most 80 columns. */

const WIDTH = 80

/** How a command is typed: `npm start`, or `npm run -s token`, whose output would be spoiled by npm's banner. */
export const typed = (name, { isQuiet = false } = {}) =>
  name === 'start' || name === 'test' ? `npm ${name}` : `npm run ${isQuiet ? '-s ' : ''}${name}`

export const usageOf = (name, command) => {
  const { options = {}, argument } = command
  const entries = Object.entries(options)
  const required = entries.filter(([, option]) => option.required).map(([option, spec]) => synopsis(option, spec))
  const rest = entries.some(([, option]) => !option.required) ? ['[options]'] : []
  const words = [...required, ...rest, ...(argument ? [argumentOf(argument)] : [])]
  return ['Usage:', typed(name, command), ...(words.length > 0 ? ['--', ...words] : [])].join(' ')
}

export const helpOf = (name, command) => {
  const { about, options = {}, argument, environment = [], examples } = command
  const rows = [
    ...(argument ? [[argumentOf(argument), aboutOf(argument)]] : []),
    ...Object.entries(options).map(([option, spec]) => [synopsis(option, spec), aboutOf(spec)]),
    ['--help', 'Print this.'],
  ]
  return [
    ...wrapped(usageOf(name, command), '', '  '),
    '',
    ...wrapped(about),
    '',
    'Options',
    ...table(rows),
    ...(environment.length > 0
      ? ['', 'Settings, from the environment or .env', ...wrapped(environment.join(', '), '  ')]
      : []),
    '',
    examples.length === 1 ? 'Example' : 'Examples',
    ...examples.map((example) => `  ${example}`),
  ].join('\n')
}

const synopsis = (name, { type, short, takes, choices }) => {
  const value = type === 'flag' ? '' : ` ${takes ?? choices.join('|')}`
  return `${short ? `-${short}, ` : ''}--${name}${value}`
}

const argumentOf = ({ takes, choices, required, many }) => {
  const word = `${choices ? choices.join('|') : takes}${many ? ' ...' : ''}`
  return required ? word : `[${word}]`
}

const aboutOf = ({ about, default: usual, required, least, most }) => {
  const range = least !== undefined && most <= 100_000 ? ` From ${least} to ${most}.` : ''
  const otherwise = required ? ' Required.' : usual === undefined ? '' : ` Default: ${usual}.`
  return about + range + otherwise
}

/** A synopsis that leaves too little room has its text on the next line. */
const table = (rows) => {
  const width = Math.min(28, Math.max(...rows.map(([left]) => left.length)))
  const gap = ' '.repeat(width + 4)
  return rows.flatMap(([left, right]) => {
    const lines = wrapped(right, gap)
    if (left.length > width) return [`  ${left}`, ...lines]
    return [`  ${left.padEnd(width)}  ${lines[0].trimStart()}`, ...lines.slice(1)]
  })
}

const wrapped = (text, indent = '', hanging = indent) => {
  const lines = [indent]
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const isEmpty = last.trim() === ''
    if (!isEmpty && last.length + 1 + word.length > WIDTH) lines.push(hanging + word)
    else lines[lines.length - 1] = isEmpty ? last + word : `${last} ${word}`
  }
  return lines
}
