import { defineConfig } from 'vitest/config'
import { StalledFiles } from './test/support/stalled-files.ts'

/**
 * Three suites: beside the code (unit), with real processes and folders (process), and the reference's vectors (golden). Unit tests share
 * their modules, which saves most of their time: none of them may leave state behind in a module.
 */
export default defineConfig({
  test: {
    // By itself it leaves one core idle, which here is half of them.
    maxWorkers: '100%',
    reporters: ['default', new StalledFiles()],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'demo/**/*.test.ts'], testTimeout: 30_000, isolate: false } },
      { test: { name: 'process', include: ['test/process/**/*.test.ts', 'test/fault/**/*.test.ts', 'test/contract/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'golden', include: ['test/golden/**/*.test.ts'], testTimeout: 300_000 } },
    ],
  },
})
