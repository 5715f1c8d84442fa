export interface Lock {
  packages: Record<string, { version?: string; integrity?: string; optional?: boolean }>
}
export const ROOT: string
export const agrees: (lock: Lock, installed: Lock) => boolean
export const isInstalled: (root: string) => boolean
export const hasPackages: (root: string) => boolean
export const missingFolders: (root: string, installed?: Lock) => string[]
export const install: (root: string) => Promise<void>
export const run: (root: string, args: readonly string[], options?: { channel?: boolean }) => Promise<number>
