/** @file The engine as a child of a plain Node process. It does not know what is called or answered. */
import { fork } from 'node:child_process'
import type { EngineMessage } from '../engine/protocol.ts'
import { createOutputTail, type EngineExit, type EngineProcess } from './engine-process.ts'

/**
 * Starts `entryPath` under the running Node binary. Messages are structured clones (serialization 'advanced'), so typed
 * arrays arrive as such. The child leads its own process group: Ctrl-C in a terminal goes to a whole group, and an
 * engine killed within a native run aborts (docs/DESIGN.md 4.6). It ends by itself when the channel to its parent closes.
 */
export function forkEngine(entryPath: string): EngineProcess {
  const child = fork(entryPath, [], {
    execPath: process.execPath,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  })
  const stderr = createOutputTail()
  child.stderr?.setEncoding('utf8').on('data', stderr.append)

  let exited: EngineExit | null = null
  let exitListener: ((exit: EngineExit) => void) | null = null
  const exit = (exitCode: number | null, signal: string | null): void => {
    if (exited !== null) return
    exited = { exitCode, signal, outputTail: stderr.read() }
    exitListener?.(exited)
  }
  child.on('close', exit) // after stderr is drained, unlike 'exit'
  child.on('error', (error) => {
    stderr.append(`${error.message}\n`)
    if (child.pid === undefined) exit(null, null) // never started: no 'close' will follow
  })

  return {
    // A channel that closed under us is not an error of the call: 'close' follows and rejects what waits.
    post: (request) => void (child.connected && child.send(request, () => undefined)),
    onMessage: (listener) => void child.on('message', (message) => listener(message as EngineMessage)), // our own entry speaks
    onExit: (listener) => {
      exitListener = listener
      if (exited !== null) listener(exited)
    },
    end: () => void child.kill('SIGKILL'),
  }
}
