/** @file The engine's line to its host: Electron's parent port or a forked process's channel. It knows no message. */

/** What Electron gives a utility process, declared here since the engine imports no Electron. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

export interface HostLine {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
}

/** The line this process was started with. Throws when it was started by hand. */
export function openHostLine(): HostLine {
  const { parentPort } = process as NodeJS.Process & { parentPort?: ParentPort } // Electron's types are not the engine's
  if (parentPort !== undefined) {
    return {
      post: (message) => {
        parentPort.postMessage(message)
      },
      onMessage: (listener) => {
        parentPort.on('message', ({ data }) => {
          listener(data)
        })
      },
    }
  }
  if (process.send === undefined) throw new Error('The engine is started by its host: run `memgen serve` or the app.')
  // Without a host there is nobody to answer, and nothing here that has to be saved.
  process.on('disconnect', () => process.exit(0))
  return {
    post: (message) => {
      process.send?.(message)
    },
    onMessage: (listener) => {
      process.on('message', listener)
    },
  }
}
