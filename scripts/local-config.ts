import { z } from 'zod'
import { ROLES } from '#processor/processor.ts'

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback)

const Roles = z
  .string()
  .default('all')
  .transform((text) =>
    text === 'all' ? [...ROLES] : text === 'none' ? [] : text.split(',').map((role) => role.trim()),
  )
  .pipe(z.array(z.enum(ROLES, `must be "all", "none", or some of ${ROLES.join(', ')}, with commas between`)))

const Origins = z
  .string()
  .default('http://localhost:5173')
  .transform((text) => text.split(',').map((origin) => origin.trim()))

const Environment = z.object({
  EDGE_PORT: port(8787),
  PROXY_PORT: port(8082),
  PROCESSOR_PORT: port(8090),
  DATA_DIR: z.string().min(1).default('.data'),
  KAFKA_REQUEST_TOPIC: z
    .string()
    .regex(/^[\w.-]{1,200}$/, 'must be a name of a topic')
    .default('booking-requests'),
  UPSTASH_KAFKA_REST_USERNAME: z.string().min(1).default('reservoir'),
  UPSTASH_KAFKA_REST_PASSWORD: z.string().min(1).default('reservoir-dev'),
  JWT_ISSUER: z.string().min(1).default('https://reservoir.localhost'),
  JWT_AUDIENCE: z.string().min(1).default('reservoir'),
  PROCESSOR_ROLES: Roles,
  ALLOW_PAST_DATES: z.stringbool('must be true or false').default(true),
  CORS_ORIGINS: Origins,
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).default(12_000),
})

/** What `npm start` takes from the environment; all of it has a default. */
export type LocalConfig = z.infer<typeof Environment>

/** Throws one error that names every problem at once. */
export function readLocalConfig(env: Record<string, string | undefined>): LocalConfig {
  // An empty line in .env means the default.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const { success, data, error } = Environment.safeParse(given)
  if (success) return data
  const problems = error.issues.map(({ path, message }) => `  ${String(path[0])}: ${message}`)
  throw new Error(`Reservoir cannot start with this environment:\n${problems.join('\n')}`)
}
