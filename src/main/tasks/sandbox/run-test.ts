/** @file One test in a Python process of its own, which is ended with all that it started. It does not know what protects the machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { limits } from './limits.ts'
import { type ReportLine, reportLineSchema, type TestOrder } from './test-program.ts'

export type TestOutcome =
  | { readonly kind: 'passed' }
  /** `missingModule` where an import failed. */
  | { readonly kind: 'failed'; readonly reason: string; readonly missingModule: string | null }
  /** The code never ran, in the words of whatever went wrong. */
  | { readonly kind: 'not started'; readonly reason: string }

export interface RunTestOptions {
  readonly signal: AbortSignal
  /** The process's whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly workingFolder: string
  /** @default limits.testMs */
  readonly testMs?: number
}

/** Resolves when the process and its group have ended. Rejects with the signal's reason if it aborts. */
export async function runTest(command: readonly string[], order: TestOrder, { signal, env, workingFolder, testMs = limits.testMs }: RunTestOptions): Promise<TestOutcome> {
  signal.throwIfAborted()
  const [program, ...args] = command
  // A group of its own, so that all of it can be ended at once. Windows has no groups; `detached` would open a console there.
  const child = spawn(program!, args, { cwd: workingFolder, env, stdio: ['pipe', 'ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  try {
    return await firstOutcome(child, order, { signal, testMs })
  } finally {
    killGroup(child)
    for (const stream of child.stdio) stream?.destroy()
    await ended
  }
}

async function firstOutcome(child: ChildProcess, order: TestOrder, { signal, testMs }: { signal: AbortSignal; testMs: number }): Promise<TestOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<TestOutcome>()
  let testTimer: NodeJS.Timeout | undefined
  let complaint = ''
  const fail = (reason: string): void => resolve(testTimer === undefined ? { kind: 'not started', reason } : { kind: 'failed', reason, missingModule: null })
  const startTimer = setTimeout(() => fail(`Python was not ready within ${limits.startMs / 1000} s`), limits.startMs)
  const onAbort = (): void => reject(signal.reason as Error) // whatever it is, it is handed on
  signal.addEventListener('abort', onAbort)

  readReport(child.stdio[3] as Readable, { // a pipe, as it was spawned
    onLine(line) {
      if (line.kind !== 'started') return resolve(line)
      clearTimeout(startTimer)
      testTimer ??= setTimeout(() => fail(`no end within ${testMs / 1000} s`), testMs)
    },
    onNonsense: () => fail('the code wrote into the report'),
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(0, 1_000)))
  child.once('error', (error) => fail(error.message))
  child.once('close', (code, signalName) => fail(complaint.trim() || (signalName === null ? `Python ended with exit code ${code ?? 0}` : `Python was ended by ${signalName}`)))
  // A process that ends before it has read its order fails by its end.
  child.stdin!.on('error', () => {}).end(JSON.stringify(order))
  try {
    return await promise
  } finally {
    clearTimeout(startTimer)
    clearTimeout(testTimer)
    signal.removeEventListener('abort', onAbort)
  }
}

function readReport(stream: Readable, { onLine, onNonsense }: { onLine: (line: ReportLine) => void; onNonsense: () => void }): void {
  let pending = ''
  let sizeBytes = 0
  stream.setEncoding('utf8').on('data', (text: string) => {
    sizeBytes += text.length
    const lines = (pending + text).split('\n')
    pending = lines.pop()!
    if (sizeBytes > limits.reportBytes) return onNonsense()
    for (const line of lines) {
      const report = parseLine(line)
      if (report === null) return onNonsense()
      onLine(report)
    }
  })
}

function parseLine(line: string): ReportLine | null {
  try {
    return reportLineSchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // The group has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
