import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

// Nothing is fetched for a test.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'

// For machines that have other work as well: what hangs is found all the same.
const limits = { testTimeout: 60_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    // As many files at once as there are cores: many of them wait for processes of their own.
    maxWorkers: availableParallelism(),
    projects: [
      { test: { ...limits, name: 'node', include: ['**/*.test.ts'], exclude: ['node_modules/**', 'tests/real/**'] } },
      {
        test: {
          name: 'real',
          include: ['tests/real/**/*.test.ts'],
          globalSetup: 'tests/real/setup.ts',
          // After the others: brokers and processes of their own would take the cores from tests that count milliseconds.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // The edge once more, inside a worker: all but its Node entry, and a validator that reads files.
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          ...limits,
          name: 'workerd',
          include: ['edge/**/*.test.ts'],
          exclude: ['edge/node.test.ts', 'edge/openapi.test.ts'],
          isolate: false,
        },
      },
    ],
  },
})
