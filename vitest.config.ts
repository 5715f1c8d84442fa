import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tests/order.ts'
import { SLOW } from './tests/slow.ts'

// Keeps wrangler from downloading data about the network during tests.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'

// Kafka, ZooKeeper and their tools run only briefly here; an optimizing compiler would take CPU time from the tests.
process.env['JDK_JAVA_OPTIONS'] ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'

// Tests start the same few programs many times, so Node keeps the compiled code of each.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.vitest/compiled')

// Generous for busy machines, but a test that hangs still fails.
const limits = { testTimeout: 60_000, hookTimeout: 60_000 }

/** Set by `npm run test:quick`. */
const IS_QUICK = process.env['RESERVOIR_TESTS'] === 'quick'

export default defineConfig({
  test: {
    // One worker for each core: many test files wait for processes that they start.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...limits,
          name: 'node',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', 'tests/{real,schemathesis}/**', ...(IS_QUICK ? SLOW : [])],
          // With isolation every file loads all modules again, which takes longer than most files run.
          isolate: false,
        },
      },
      {
        test: {
          name: 'real',
          include: ['tests/{real,schemathesis}/**/*.test.ts'],
          globalSetup: 'tests/real/setup.ts',
          // Runs after the other projects: its brokers and processes would slow down tests that measure milliseconds.
          sequence: { groupOrder: 1 },
          // These tests mostly wait: for outages, session timeouts and responses that never arrive.
          maxWorkers: availableParallelism() + 1,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // The edge and platform tests run again inside a worker, except tests that need Node or read files.
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
