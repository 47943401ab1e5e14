/** @file How long pieces of work took and which lay within which, as they are done. It does not know what the work is, nor how it is summed up. */

/**
 * `phase`: work as a reader of a profile names it; `role`: one call of reasoner, weaver or trigger; `run`: one run of a session within ONNX Runtime and
 * the way there and back.
 */
export type WorkSpan = { readonly name: string; /** Milliseconds, those of `within` included. */ ms: number; readonly within: WorkSpan[] } & (
  | { readonly kind: 'phase' | 'role' }
  | { readonly kind: 'run'; readonly run: RunReference }
)

/** The `index`-th run of a session, from 0. */
export interface RunReference {
  readonly session: number
  readonly index: number
}

/** Follows one piece of work at a time: what begins while another lasts lies within it. */
export class WorkSpans {
  readonly root: WorkSpan
  readonly #now: () => number
  #current: WorkSpan

  /** @param now Milliseconds of any clock. @default performance.now */
  constructor(name: string, now: () => number = () => performance.now()) {
    this.root = { kind: 'phase', name, ms: 0, within: [] }
    this.#current = this.root
    this.#now = now
  }

  phase<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    return this.#follow({ kind: 'phase', name, ms: 0, within: [] }, work)
  }

  /** A phase that is done at once. */
  phaseNow<Result>(name: string, work: () => Result): Result {
    const end = this.#begin({ kind: 'phase', name, ms: 0, within: [] })
    try {
      return work()
    } finally {
      end()
    }
  }

  role<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    return this.#follow({ kind: 'role', name, ms: 0, within: [] }, work)
  }

  run<Result>(name: string, run: RunReference, work: () => Promise<Result>): Promise<Result> {
    return this.#follow({ kind: 'run', run, name, ms: 0, within: [] }, work)
  }

  /** All of the work: the root lasts as long. */
  async whole<Result>(work: () => Promise<Result>): Promise<Result> {
    const started = this.#now()
    const result = await work()
    this.root.ms = this.#now() - started
    return result
  }

  async #follow<Result>(span: WorkSpan, work: () => Promise<Result>): Promise<Result> {
    const end = this.#begin(span)
    try {
      return await work()
    } finally {
      end()
    }
  }

  #begin(span: WorkSpan): () => void {
    const outer = this.#current
    outer.within.push(span)
    this.#current = span
    const started = this.#now()
    return () => {
      span.ms = this.#now() - started
      this.#current = outer
    }
  }
}
