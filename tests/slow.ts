/**
 * What `npm run test:quick` leaves out, beside the tests on real servers and the edge inside a Worker: many schedules, tests that
 * start several processes one after another, tests that wait for outages, and a linter that the first run builds.
 */
export const SLOW: readonly string[] = [
  'processor/{group-handler,node}.test.ts',
  'processor/simulation/simulation.test.ts',
  'proxy/node.test.ts',
  'scripts/{demo/demo,doctor/doctor,monitor/monitor}.test.ts',
  'scripts/viewer/fetch.test.ts',
  'tests/edge/{access,promises}.test.ts',
  'tests/history/**',
  'tests/image.test.ts',
  'tests/k8s/linter.test.ts',
  'tests/runtimes/{check,dev,parts,runtimes}.test.ts',
  'tests/system/{billing-kill,kill,outage,restart,start}.test.ts',
]
