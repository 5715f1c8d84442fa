import { z } from 'zod'
import { parsedJson } from '#platform/json.ts'
import { textFile } from '#platform/node/text-file.ts'
import type { Credentials } from './account.ts'
import { type Grants, isReservedGroup } from './permissions.ts'

export interface User extends Credentials, Grants {}

/** What a field must be. The value is not quoted, because it may be a password. */
const mustBe = (what: string) => ({
  error: ({ input }: { input?: unknown }) =>
    input === undefined ? `is missing: it must be ${what}` : `must be ${what}`,
})

const Text = z.string(mustBe('text that is not empty')).min(1)

const Username = Text.refine((name) => !name.includes(':'), 'must not contain a colon')

const Pattern = z.string(mustBe('text')).regex(/^([\w.-]+\*?|\*)$/, 'must be a topic name, or a prefix followed by *')

const GroupPattern = z
  .string(mustBe('text'))
  .regex(/^([^*]+\*?|\*)$/, 'must be a group name, or a prefix followed by *')
  .refine((pattern) => !isReservedGroup(pattern), 'must not begin with booking-: those groups belong to the processor')

const listOf = <T extends z.ZodType>(entry: T, what: string) => z.array(entry, mustBe(`a list of ${what}`))

const FIELDS = {
  username: Username,
  password: Text,
  produce: listOf(Pattern, 'topics').default([]),
  consume: listOf(Pattern, 'topics').default([]),
  groups: listOf(GroupPattern, 'consumer groups').optional(),
}

const NOT_JSON = 'must be JSON, such as [{"username":"ann","password":"…","consume":["red*"]}]'

const Users = z
  .array(
    z.strictObject(FIELDS, {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `has the unknown field ${JSON.stringify(issue.keys[0])}; a user has ${Object.keys(FIELDS).join(', ')}`
          : 'must be a user: an object with username and password',
    }),
    { error: ({ input }) => (input === undefined ? NOT_JSON : 'must be a list of users') },
  )
  .superRefine((users, context) => {
    const seen = new Set<string>()
    for (const { username } of users) {
      if (seen.has(username)) context.addIssue(`contains the username ${username} twice`)
      seen.add(username)
    }
  })

/** A list of users as JSON. Errors quote nothing of it but usernames, because it contains passwords. */
export const UsersJson = z.string().transform((text, context): User[] => {
  const { data, error } = Users.safeParse(parsedJson(text))
  for (const { path, message } of error?.issues ?? []) context.addIssue(`${path.join('.')} ${message}`.trim())
  return data ?? z.NEVER
})

export const UsersFile = textFile.pipe(UsersJson)
