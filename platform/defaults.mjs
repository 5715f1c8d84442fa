/** Defaults of the settings. Plain JavaScript, because `npm run doctor` also reads them before packages are installed. */

/** Of every profile. */
export const DEFAULTS = {
  EDGE_PORT: 8787,
  PROXY_PORT: 8082,
  PROCESSOR_PORT: 8090,
  DATA_DIR: '.data',
  RATE_LIMIT_PER_MINUTE: 12_000,
}

/** Of the dev profile only; production must set these. */
export const DEV_DEFAULTS = {
  UPSTASH_KAFKA_REST_USERNAME: 'reservoir',
  UPSTASH_KAFKA_REST_PASSWORD: 'reservoir-dev',
  JWT_ISSUER: 'https://reservoir.localhost',
  JWT_AUDIENCE: 'reservoir',
  CORS_ORIGINS: ['http://localhost:5173'],
}

/** The secret in `COMMAND_KEYS` of `docker-compose.yml` and `k8s/trial`. */
export const TRIAL_COMMAND_SECRET = 'cHVibGljbHkga25vd24ga2V5IGZvciB0cmlhbHMgb25seQ'

/** The ports of the services in the design documents. */
export const DOCUMENTED_PORTS = [5001, 5002, 5003, 5004, 5005]
