import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tests/order.ts'
import { SLOW } from './tests/slow.ts'

// Nothing is fetched for a test.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'

// Kafka, ZooKeeper and their tools live for seconds here: what they would compile for later years takes the cores from the tests.
process.env['JDK_JAVA_OPTIONS'] ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'

// The processes that tests start are the same few programs again and again: what Node has compiled of them is kept.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.vitest/compiled')

// Generous, for busy machines; a test that hangs is still found.
const limits = { testTimeout: 60_000, hookTimeout: 60_000 }

/** Set by `npm run test:quick`. */
const IS_QUICK = process.env['RESERVOIR_TESTS'] === 'quick'

export default defineConfig({
  test: {
    // As many files at once as there are cores: many of them wait for processes of their own.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...limits,
          name: 'node',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', 'tests/real/**', ...(IS_QUICK ? SLOW : [])],
          // A process for each file, which loads all modules again, would take longer than most files do.
          isolate: false,
        },
      },
      {
        test: {
          name: 'real',
          include: ['tests/real/**/*.test.ts'],
          globalSetup: 'tests/real/setup.ts',
          // After the others: brokers and processes of their own would take the cores from tests that count milliseconds.
          sequence: { groupOrder: 1 },
          // They wait longer than they work: for outages, sessions that run out, and answers that never come.
          maxWorkers: availableParallelism() + 1,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Edge and platform again, inside a worker: all but what needs Node, and a validator that reads files.
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          ...limits,
          name: 'workerd',
          include: ['edge/**/*.test.ts', 'platform/**/*.test.ts'],
          exclude: ['platform/node/**', 'edge/node.test.ts', 'edge/reference/openapi.test.ts'],
          isolate: false,
        },
      },
    ],
  },
})
