/** @file The `memgen` program with the fake engine behind it: everything else is real. Its places come from the environment. */
import { text } from 'node:stream/consumers'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { runCommandLine } from '../../src/main/headless/command-line.ts'
import { stdinEnd } from '../../src/main/headless/stdin-end.ts'

const fakeEngine = new URL('./fake-engine.ts', import.meta.url).pathname
const setting = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`fake memgen: ${name} is not set`)
  return value
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.env['FAKE_TERMINAL'] === undefined ? process.stdout : { write: (output) => process.stdout.write(output), isTTY: true },
  stderr: process.env['FAKE_PROGRESS'] === undefined ? process.stderr : { write: (output) => process.stderr.write(output), isTTY: true },
  env: process.env,
  dataDir: setting('MEMGEN_DATA_DIR'),
  resourcesDir: setting('FAKE_RESOURCES_DIR'),
  rendererDir: setting('FAKE_RENDERER_DIR'),
  version: '0.0.0-test',
  startEngine: () => forkEngine(fakeEngine),
  readStdin: () => text(process.stdin),
  stdinEnd: (signal) => stdinEnd(process.stdin, signal),
  onInterrupt: (listener) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, listener)
  },
})
