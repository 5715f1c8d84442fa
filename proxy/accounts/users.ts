import { z } from 'zod'
import { parsedJson } from '#platform/json.ts'
import { textFile } from '#platform/node/text-file.ts'
import type { Credentials } from './account.ts'
import { type Grants, isReservedGroup } from './permissions.ts'

export interface User extends Credentials, Grants {}

const Username = z
  .string('is missing')
  .min(1, 'is empty')
  .refine((name) => !name.includes(':'), 'must not contain a colon')

const Pattern = z.string().regex(/^[\w.-]*\*?$/, 'must be a topic name, or a prefix followed by *')

const GroupPattern = z
  .string()
  .regex(/^[^*]*\*?$/, 'must be a group name, or a prefix followed by *')
  .refine((pattern) => !isReservedGroup(pattern), 'must not begin with booking-: those groups belong to the processor')

const Users = z
  .array(
    z.strictObject({
      username: Username,
      password: z.string('is missing').min(1, 'is empty'),
      produce: z.array(Pattern).default([]),
      consume: z.array(Pattern).default([]),
      groups: z.array(GroupPattern).optional(),
    }),
    'must be a list of users',
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
