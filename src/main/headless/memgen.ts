/** @file Entry of the `memgen` program: connects the command line to this process. It knows no command. */
import { text } from 'node:stream/consumers'
import packageJson from '../../../package.json' with { type: 'json' }
import { forkEngine } from '../engine-host/index.ts'
import { runCommandLine } from './command-line.ts'
import { exitCodes } from './exit-codes.ts'
import { findPlaces } from './places.ts'
import type { Shell } from './shell.ts'
import { stdinEnd } from './stdin-end.ts'
import { userDataDir } from './workbench.ts'

const { engineEntry, resourcesDir, rendererDir } = findPlaces(import.meta.dirname)

const shell: Shell = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  dataDir: userDataDir(),
  resourcesDir,
  rendererDir,
  version: packageJson.version,
  startEngine: () => forkEngine(engineEntry),
  readStdin: () => text(process.stdin),
  stdinEnd: (signal) => stdinEnd(process.stdin, signal),
  onInterrupt(listener) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, listener)
  },
}

// A reader that has seen enough (`| head`) closes the pipe: no failure, and every step so far is in the log.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  process.stderr.write(`memgen: standard output cannot be written: ${error.message}\n`)
  process.exit(exitCodes.failed)
})

process.exitCode = await runCommandLine(process.argv.slice(2), shell)
