/** A clause for each name whose port an earlier name has; 0 is any free port. */
export function sharedPorts(ports: Readonly<Record<string, number | undefined>>): string[] {
  const given = Object.entries(ports).filter(([, port]) => port)
  return given.flatMap(([name, port], i) => {
    const other = given.slice(0, i).find(([, earlier]) => earlier === port)
    return other ? [`${other[0]} and ${name} are both ${port}`] : []
  })
}
