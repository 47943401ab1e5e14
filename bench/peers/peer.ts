/**
 * @file Another engine in a process of its own, asked to decode. Its packages are installed beside this file when they are first needed, and
 * nothing of the workbench depends on them.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerAnswer, PeerReady, PeerRequest } from './peer-messages.ts'

/** The other engine cannot be had on this machine. */
export class PeerUnavailableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'PeerUnavailableError'
  }
}

const directory = import.meta.dirname

/**
 * Installs the exact versions of package-lock.json, without install scripts: they would build or fetch what is not needed.
 * Throws PeerUnavailableError.
 */
export function installPeers(say: (text: string) => void): void {
  // npm writes this last, so an installation that was broken off is made again.
  if (existsSync(join(directory, 'node_modules/.package-lock.json'))) return
  say('installing the other engines into bench/peers/node_modules (1.2 GB, once)')
  try {
    // `npm ci` refuses where a library for another platform is missing from the lock file.
    execFileSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' })
  } catch (error) {
    throw new PeerUnavailableError('the other engines could not be installed: run `npm install --no-save --ignore-scripts` in bench/peers to see why', error)
  }
}

export class Peer {
  readonly engine: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, engine: string) {
    this.#child = child
    this.engine = engine
  }

  /** Starts a script of this folder and waits until it has loaded its model. Throws PeerUnavailableError. */
  static async start(script: string, args: readonly string[]): Promise<Peer> {
    const child = fork(join(directory, script), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const { engine } = (await answerOf(child)) as PeerReady
    return new Peer(child, engine)
  }

  async decode(request: PeerRequest): Promise<PeerAnswer> {
    this.#child.send(request)
    return (await answerOf(this.#child)) as PeerAnswer
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}

/** The next message. Throws PeerUnavailableError where the process ends instead. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const listening = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: listening.signal }).then(([message]) => message as unknown),
      once(child, 'exit', { signal: listening.signal }).then(([code]) => {
        throw new PeerUnavailableError(`its process ended with ${code}; what it said is above`)
      }),
    ])
  } finally {
    listening.abort()
  }
}
