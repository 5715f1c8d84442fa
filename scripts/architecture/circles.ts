/**
 * Circles between files. In a circle a file may use another one before that one has run, and neither can be understood, tested or
 * moved alone. Imports of types do not count: they are gone when the program runs, and two types may well refer to each other.
 */

/** The files that each file imports. */
export type Imports = ReadonlyMap<string, readonly string[]>

/** One circle for each import that closes one: the files on the way, the first of them again at the end. */
export function circlesIn(imports: Imports): string[][] {
  const circles: string[][] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file)
    if (start !== -1) return void circles.push([...way.slice(start), file])
    if (done.has(file)) return
    for (const next of imports.get(file) ?? []) visit(next, [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return circles
}
