/** What `npm run test:quick` leaves out, beside the tests on real servers and the edge inside a worker. */
const SLOW = [
  'processor/simulation/simulation.test.ts',
  'tests/history/**',
  'tests/runtimes/dev.test.ts',
  'tests/runtimes/runtimes.test.ts',
  'tests/system/kill.test.ts',
  'tests/system/outage.test.ts',
]

export const QUICK = ['--project=node', ...SLOW.map((path) => `--exclude=${path}`)]
