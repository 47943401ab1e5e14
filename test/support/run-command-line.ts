/** @file The command line run within the test, its output kept as texts. Nothing can be started, read or waited for from it. */
import { runCommandLine } from '../../src/main/headless/command-line.ts'
import type { ExitCode } from '../../src/main/headless/exit-codes.ts'

/** @param dataDir the default of --data-dir. @default a folder that does not exist */
export async function runWithoutEngine(args: readonly string[], dataDir = '/nowhere/data'): Promise<{ exitCode: ExitCode; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', '']
  const refuse = (): never => {
    throw new Error('internal: nothing may start here')
  }
  const exitCode = await runCommandLine(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    dataDir,
    resourcesDir: '/nowhere/resources',
    rendererDir: '/nowhere/renderer',
    version: '1.2.3',
    startEngine: refuse,
    readStdin: refuse,
    stdinEnd: refuse,
    onInterrupt: refuse,
  })
  return { exitCode, stdout, stderr }
}
