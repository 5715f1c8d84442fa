/** The types of the module that `scripts/viewer/fetch.mjs` generates at installation. */
export const VERSION: string
/** Of the browser script, in hex. */
export const SHA256: string
/** The browser script, compressed with gzip, in base64. */
export const BUNDLE: string
