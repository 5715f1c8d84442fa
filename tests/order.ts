import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The slowest files run first; otherwise they would run alone at the end. Among the files with their own servers, busy and
 * mostly waiting ones alternate, so that the cores are evenly used.
 */
const FIRST: readonly string[] = [
  'processor/simulation/simulation.test.ts',
  'tests/edge/promises.test.ts',
  'proxy/node.test.ts',
  'tests/runtimes/dev.test.ts',
  'tests/system/kill.test.ts',

  'tests/real/k8s-production.test.ts',
  'tests/schemathesis/documents.test.ts',
  'tests/real/chaos.test.ts',
  'tests/real/kafkajs-traps/outage.test.ts',
  'tests/real/mongodb/faults.test.ts',
  'tests/real/system.test.ts',
  'tests/real/processes.test.ts',
  'tests/real/stack-command.test.ts',
  'tests/real/k8s-dev.test.ts',
  'tests/real/stack.test.ts',
  'tests/real/kafkajs-traps/groups.test.ts',
  'tests/real/kafkajs-traps/sending.test.ts',
]

function rank({ project, moduleId }: TestSpecification): number {
  // workerd takes seconds to start without using the CPU.
  if (project.name === 'workerd') return -1
  const place = FIRST.findIndex((path) => moduleId.endsWith(`/${path}`))
  return place === -1 ? FIRST.length : place
}

/** Sorts within a group of projects; otherwise keeps the order of Vitest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder
    const usual = await super.sort(files)
    return usual.toSorted((a, b) => group(a) - group(b) || rank(a) - rank(b))
  }
}
