/**
 * @file A test's time limit holds only while its process answers: a loop without an end, a call into native code that never returns, or
 * a file that is still being imported would stop the whole run without a word, for as long as whoever started it waits. This says which
 * file it was and ends the run.
 */
import { execFileSync } from 'node:child_process'
import type { Reporter, TestModule } from 'vitest/node'

/** Several times what the longest file takes on a slow machine. */
const LIMIT_MS = 10 * 60_000
const LOOK_MS = 5_000

export class StalledFiles implements Reporter {
  readonly #begun = new Map<TestModule, number>()
  #timer: NodeJS.Timeout | undefined

  onTestRunStart(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS)
  }

  onTestModuleQueued(file: TestModule): void {
    this.#begun.set(file, performance.now())
  }

  onTestModuleEnd(file: TestModule): void {
    this.#begun.delete(file)
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = performance.now()
    const stalled = [...this.#begun].filter(([, begun]) => now - begun > LIMIT_MS).map(([file]) => file)
    if (stalled.length === 0) return
    for (const file of stalled) {
      const ended = [...file.children.allTests()].filter((test) => test.result().state !== 'pending')
      console.error(`${file.moduleId} has not ended within ${LIMIT_MS / 60_000} minutes; the last test that did: ${ended.at(-1)?.fullName ?? 'none'}`)
    }
    console.error(ownProcesses().join('\n'))
    process.exit(1)
  }
}

/** What this process has started, and what that has: one that computes has time, one that waits says for what in the kernel; see man 1 ps. */
function ownProcesses(): string[] {
  if (process.platform === 'win32') return []
  const columns = process.platform === 'linux' ? 'pid,ppid,stat,etime,time,wchan:24,args' : 'pid,ppid,stat,etime,time,args'
  const [heading = '', ...lines] = execFileSync('ps', ['-ewwo', columns], { encoding: 'utf8', timeout: 10_000 }).trimEnd().split('\n')
  const all = lines.map((line) => ({ line, numbers: line.trim().split(/\s+/, 2).map(Number) }))
  const from = (parent: number): string[] => {
    return all.filter(({ numbers }) => numbers[1] === parent).flatMap(({ line, numbers: [pid = 0] }) => [line, ...from(pid)])
  }
  return [heading, ...from(process.pid)]
}
