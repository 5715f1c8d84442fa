import { CANCELLATION_POLICIES, CancellationPolicy, type Tier } from '#domain/cancellation.ts'

const HOUR_MS = 3_600_000

/** The rows of a Markdown table: what each cancellation policy gives back. */
export const CANCELLATION_TERMS = CancellationPolicy.options
  .map((policy) => `| \`${policy}\` | ${termsIn(CANCELLATION_POLICIES[policy].tiers)} |`)
  .join('\n')

function termsIn(tiers: readonly Tier[]): string {
  return tiers.length > 0 ? tiers.map(termIn).join('; ') : 'nothing'
}

function termIn({ daysBefore, percent, withinMs }: Tier): string {
  const start = withinMs === undefined ? '' : `for ${withinMs / HOUR_MS} hours after the request, but only `
  return `${percent} % ${start}until ${daysBefore} ${daysBefore === 1 ? 'day' : 'days'} before the check-in`
}
