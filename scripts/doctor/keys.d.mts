import type { Finding } from './report.mjs'

export interface TokenSettings {
  issuer: string
  audience: string
  kid?: string | null | undefined
}
export const readKeyId: (root: string) => string | null | undefined
export const checkKey: (kid: string | null | undefined) => Finding
export const checkTokens: (env: Record<string, string | undefined>, settings: TokenSettings, now: number) => Finding[]
