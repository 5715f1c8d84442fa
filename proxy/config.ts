import { z } from 'zod'

const environment = z.object({
  PROXY_PORT: z.coerce.number().int().min(0).max(65_535).default(8082),
  UPSTASH_KAFKA_REST_USERNAME: z
    .string('is missing: the name that clients give')
    .min(1)
    .refine((name) => !name.includes(':'), 'cannot have a colon in it'),
  UPSTASH_KAFKA_REST_PASSWORD: z.string('is missing: the password that clients give').min(1),
  DATA_DIR: z.string().min(1).default('.data'),
})

export interface ProxyConfig {
  port: number
  credentials: { username: string; password: string }
  dataDir: string
}

/** Reads the environment; throws one error that names every problem at once. */
export function readProxyConfig(env: Record<string, string | undefined>): ProxyConfig {
  const { success, data, error } = environment.safeParse(env)
  if (!success) {
    const problems = error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`)
    throw new Error(`The proxy cannot start with this environment:\n${problems.join('\n')}`)
  }
  return {
    port: data.PROXY_PORT,
    credentials: { username: data.UPSTASH_KAFKA_REST_USERNAME, password: data.UPSTASH_KAFKA_REST_PASSWORD },
    dataDir: data.DATA_DIR,
  }
}
