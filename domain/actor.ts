import { z } from 'zod'
import { Line } from './text.ts'

export const Role = z.enum(['traveler', 'owner', 'admin'])
export type Role = z.infer<typeof Role>

/** Any `sub` of an identity provider that fits into a header and a log line. */
export const Subject = Line(255)

/** Who does something: a person with a token, or one of our own processes. */
export const Actor = z.strictObject({ role: z.enum([...Role.options, 'system']), id: Subject })
export type Actor = z.infer<typeof Actor>

/** A person with a token. */
export interface Principal {
  role: Role
  id: string
}

/** The claims of a token that name its principal; the other claims are the identity provider's. */
export const PrincipalClaims = z
  .object({ sub: Subject, role: Role })
  .transform(({ sub, role }): Principal => ({ role, id: sub }))
