/** @file Sessions whose runs are followed, and the files that ONNX Runtime writes of them. It does not know what is computed. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelObserver } from '../memgen/memgen-model.ts'
import { readRuns, type RunRecord } from './operator-record.ts'
import type { WorkSpans } from './work-spans.ts'

/** More runs were made than ONNX Runtime keeps the operators of (a million). */
export class ProfileTooLongError extends Error {
  override readonly name = 'ProfileTooLongError'
}

interface ObservedSession {
  runCount: number
  /** Where following began. */
  firstRun: number
  endProfiling: () => void
}

export class ObservedSessions {
  readonly #folder: string
  readonly #sessions: ObservedSession[] = []
  #spans: WorkSpans | null = null

  /** @param folder for the files; whoever made it removes it, when every session was released */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** For loading the model with. */
  get observer(): ModelObserver {
    return (computes) => () => {
      const index = this.#sessions.length
      const session: ObservedSession = { runCount: 0, firstRun: 0, endProfiling: () => undefined }
      this.#sessions.push(session)
      return {
        profileFilePrefix: join(this.#folder, fileStem(index)),
        onOpen: (endProfiling) => {
          session.endProfiling = endProfiling
        },
        onRun: (run) => {
          const reference = { session: index, index: session.runCount++ }
          return this.#spans === null ? run() : this.#spans.run(computes, reference, run)
        },
      }
    }
  }

  /** From here on runs are part of what `spans` follow. */
  follow(spans: WorkSpans): void {
    this.#spans = spans
    for (const session of this.#sessions) session.firstRun = session.runCount
  }

  /**
   * Ends following and profiling: runs are as fast as ever from here on. Returns the runs of each session, in the order in which they were
   * opened; none where nothing was followed.
   * @throws ProfileTooLongError
   */
  async finish(): Promise<RunRecord[][]> {
    this.#spans = null
    const counts = this.#sessions.map(({ firstRun, runCount }) => runCount - firstRun)
    for (const [index, { endProfiling }] of this.#sessions.entries()) if ((counts[index] ?? 0) > 0) endProfiling()
    const files = await readdir(this.#folder)
    const records: RunRecord[][] = []
    for (const [index, { firstRun }] of this.#sessions.entries()) {
      const followed = counts[index] ?? 0
      records.push(followed === 0 ? [] : await this.#read(files, index, { firstRun, followed }))
    }
    return records
  }

  async #read(files: readonly string[], index: number, { firstRun, followed }: { firstRun: number; followed: number }): Promise<RunRecord[]> {
    const file = files.find((name) => name.startsWith(`${fileStem(index)}_`))
    if (file === undefined) throw new Error(`internal: ONNX Runtime wrote no profile of session ${index}`)
    const runs = await readRuns(join(this.#folder, file))
    const kept = runs.length - firstRun
    if (kept < followed) throw new ProfileTooLongError(`ONNX Runtime kept the operators of ${Math.max(0, kept)} of ${followed} runs: profile fewer tokens.`)
    return runs
  }
}

/** ONNX Runtime appends an underscore and the time. */
function fileStem(index: number): string {
  return `session-${index}`
}
