export declare const DEFAULTS: {
  readonly EDGE_PORT: number
  readonly PROXY_PORT: number
  readonly PROCESSOR_PORT: number
  readonly DATA_DIR: string
  readonly RATE_LIMIT_PER_MINUTE: number
}

export declare const DEV_DEFAULTS: {
  readonly UPSTASH_KAFKA_REST_USERNAME: string
  readonly UPSTASH_KAFKA_REST_PASSWORD: string
  readonly JWT_ISSUER: string
  readonly JWT_AUDIENCE: string
  readonly CORS_ORIGINS: string[]
}

export declare const TRIAL_COMMAND_SECRET: string

export declare const DOCUMENTED_PORTS: readonly number[]
