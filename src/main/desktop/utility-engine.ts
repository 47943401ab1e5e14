/** @file The engine in an Electron utility process, seen as the engine host's EngineProcess; it does not know any message. */
import { utilityProcess } from 'electron'
import type { EngineMessage } from '../engine/protocol.ts'
import { createOutputTail, type EngineExit, type EngineProcess } from '../engine-host/index.ts'

/** Starts `enginePath` apart from the main process: a crash of ONNX Runtime ends the engine and not the app. */
export function startUtilityEngine(enginePath: string): EngineProcess {
  const child = utilityProcess.fork(enginePath, [], { serviceName: 'MemGen engine', stdio: ['ignore', 'ignore', 'pipe'] })
  const stderr = createOutputTail()
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr.append(text)
  })

  let exited: EngineExit | null = null
  let exitListener: ((exit: EngineExit) => void) | null = null
  child.once('exit', (exitCode) => {
    // Electron reports a signal as an exit code only.
    exited = { exitCode, signal: null, outputTail: stderr.read() }
    exitListener?.(exited)
  })

  return {
    post(request) {
      child.postMessage(request)
    },
    onMessage(listener) {
      child.on('message', (message: EngineMessage) => {
        listener(message)
      })
    },
    onExit(listener) {
      exitListener = listener
      if (exited !== null) listener(exited)
    },
    end() {
      child.kill()
    },
  }
}
