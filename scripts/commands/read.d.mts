import type { COMMANDS } from './table.mjs'

export type CommandName = keyof typeof COMMANDS

type OptionsOf<Name extends CommandName> = Extract<(typeof COMMANDS)[Name], { options: unknown }>['options']

type Given<Option> = Option extends { type: 'flag' }
  ? boolean
  : Option extends { type: 'number' }
    ? number
    : Option extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string

/** Undefined where the table has neither a default nor `required`. */
type ValueOf<Option> =
  | Given<Option>
  | (Option extends { type: 'flag' } | { default: unknown } | { required: true } ? never : undefined)

export interface Arguments<Name extends CommandName> {
  values: { [Option in keyof OptionsOf<Name>]: ValueOf<OptionsOf<Name>[Option]> }
  positionals: string[]
}

type Env = Readonly<Record<string, string | undefined>>

export const readArguments: <Name extends CommandName>(
  name: Name,
  args?: readonly string[],
  env?: Env,
) => Arguments<Name>
export const examine: (
  name: CommandName,
  args: readonly string[],
  env: Env,
) => { values?: Record<string, unknown>; positionals?: string[]; isHelp?: true; fault?: string }
