import { z } from 'zod'

/** The consumer groups of the processor; one process runs some or all of them. `groups.ts` defines what each role runs. */
export const ROLES = ['decisions', 'views', 'notifications', 'analytics', 'timer', 'billing'] as const
export type ProcessorRole = (typeof ROLES)[number]

/** The roles that verify commands or sign their own. */
export const ROLES_WITH_KEYS: ReadonlySet<ProcessorRole> = new Set(['decisions', 'timer', 'billing'])

const Role = z.enum(ROLES, `must be "all", "none", or some of ${ROLES.join(', ')}, with commas between`)

/** The setting that selects the groups of a process. */
export const roles = z
  .string()
  .default('all')
  .transform((text) =>
    text === 'all' ? [...ROLES] : text === 'none' ? [] : [...new Set(text.split(',').map((role) => role.trim()))],
  )
  .pipe(z.array(Role))
