/** The tables of the domain whose names stand in no condition elsewhere. */
import { Actor } from '#domain/actor.ts'
import { CANCELLATION_POLICIES } from '#domain/cancellation.ts'
import { DIALECTS } from '#domain/dialects/registry.ts'
import { KINDS } from '#domain/kinds.ts'
import { POLICIES } from '#domain/policies.ts'
import type { NamedTable } from './conditions.ts'

export const TABLES: readonly NamedTable[] = [
  { what: 'the kind', names: Object.keys(KINDS), home: 'domain/kinds.ts' },
  {
    what: 'the policy',
    names: Object.keys(POLICIES),
    home: 'domain/policies.ts',
    // Roles and parties have these names too.
    ambiguous: { names: [...Actor.shape.role.options, 'payment'], unless: /polic/i },
  },
  { what: 'the cancellation policy', names: Object.keys(CANCELLATION_POLICIES), home: 'domain/cancellation.ts' },
  { what: 'the dialect', names: Object.keys(DIALECTS), home: 'domain/dialects/' },
]
