/** @file The door: runs Python that a model wrote, as far from everything else as this system allows. It knows no task. */
export { createTestRunner, type TestRunner } from './test-runner.ts'
export { describeProtection } from './protection.ts'
export type { TestOutcome } from './run-test.ts'
export { SandboxError } from './sandbox-error.ts'
