import { defineConfig } from 'vitest/config'

/** Three suites: beside the code (unit), with real processes and folders (process), and the reference's vectors (golden). */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'demo/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'process', include: ['test/process/**/*.test.ts', 'test/fault/**/*.test.ts', 'test/contract/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'golden', include: ['test/golden/**/*.test.ts'], testTimeout: 300_000 } },
    ],
  },
})
