import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** A setting that names a file, and stands for its text: a mounted secret is not visible in the environment. */
export const textFile = z.string().transform((path, context) => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    context.addIssue(`names the file ${path}, which cannot be read`)
    return z.NEVER
  }
})
