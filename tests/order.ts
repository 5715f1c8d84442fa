import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What takes longest comes first, or it would run alone at the end. Of those with servers of their own, who work and who mostly
 * wait take turns, so that the cores have something to do and not too much.
 */
const FIRST: readonly string[] = [
  'processor/simulation/simulation.test.ts',
  'tests/edge/promises.test.ts',
  'proxy/node.test.ts',
  'tests/runtimes/dev.test.ts',
  'tests/system/kill.test.ts',

  'tests/real/k8s-production.test.ts',
  'tests/real/chaos.test.ts',
  'tests/real/log-traps-outage.test.ts',
  'tests/real/store-mongodb-faults.test.ts',
  'tests/real/system.test.ts',
  'tests/real/processes.test.ts',
  'tests/real/stack-command.test.ts',
  'tests/real/k8s-dev.test.ts',
  'tests/real/stack.test.ts',
  'tests/real/log-traps-groups.test.ts',
  'tests/real/log-traps-sending.test.ts',
]

function rank({ project, moduleId }: TestSpecification): number {
  // It takes seconds to start, with nothing to do.
  if (project.name === 'workerd') return -1
  const place = FIRST.findIndex((path) => moduleId.endsWith(`/${path}`))
  return place === -1 ? FIRST.length : place
}

/** Within a group of projects; the rest as vitest has it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder
    const usual = await super.sort(files)
    return usual.toSorted((a, b) => group(a) - group(b) || rank(a) - rank(b))
  }
}
