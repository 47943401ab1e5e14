/** @file The end of standard input as an event. It does not know who started the process. */
import type { Readable } from 'node:stream'

/** Resolves when `stdin` ends. Once `signal` aborts it is let go: a pipe whose other end stays open would keep the process. */
export function stdinEnd(stdin: Readable, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => stdin.destroy(), { once: true })
  return new Promise((resolve) => {
    stdin.once('end', resolve).once('close', resolve).resume()
  })
}
