/**
 * @file A sweep that this process has in hand: the queue that keeps log and listeners in order, and its listeners. It does not know
 * the engine.
 */
import type { Sweep, SweepEvent, SweepOutcome } from '../../../shared/domain/sweep.ts'
import type { SweepChanges, SweepLog } from '../../log/index.ts'
import { Mailbox } from '../../sessions/index.ts'

export class LiveSweep {
  readonly #log: SweepLog
  readonly #mailboxes = new Set<Mailbox<SweepEvent>>()
  readonly #stopping = new AbortController()
  #sweep: Sweep
  #queue: Promise<unknown> = Promise.resolve()

  constructor(log: SweepLog, sweep: Sweep) {
    this.#log = log
    this.#sweep = sweep
  }

  get sweep(): Sweep {
    return this.#sweep
  }

  /** Aborts when the sweep is to stop, with the reason. */
  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  stop(reason: unknown): void {
    this.#stopping.abort(reason)
  }

  /** Records the outcome, then tells it, after everything before it. A log that refuses stops the sweep. */
  receive(outcome: SweepOutcome): void {
    if (this.signal.aborted) return
    this.#enqueue(async () => {
      this.#sweep = await this.#log.addOutcome(this.#sweep.id, outcome)
      this.#post({ kind: 'outcome', outcome })
    }).catch((error: unknown) => this.stop(error))
  }

  /** Resolves when all that was received up to now is recorded and told. */
  async settled(): Promise<void> {
    await this.#queue
  }

  /** Records the changes, then tells them. Throws what the log throws. */
  update(changes: SweepChanges): Promise<void> {
    return this.#enqueue(async () => {
      this.#sweep = await this.#log.update(this.#sweep.id, changes)
      this.#post({ kind: 'sweep', sweep: this.#sweep })
    })
  }

  /** The last word to every listener. Where the log refuses it, it is true of this process alone. */
  async end(status: Exclude<Sweep['status'], 'running'>, error: string | null): Promise<void> {
    try {
      await this.update({ status, error })
    } catch {
      // The log's refusal is what `error` tells of already, or will be met again at the next start.
      this.#sweep = { ...this.#sweep, status, error }
      this.#post({ kind: 'sweep', sweep: this.#sweep })
    }
    for (const mailbox of this.#mailboxes) mailbox.close()
    this.#mailboxes.clear()
  }

  /** What is recorded at this moment, and a mailbox for everything after it. */
  listen(): Promise<{ outcomes: SweepOutcome[]; sweep: Sweep; mailbox: Mailbox<SweepEvent>; leave: () => void }> {
    return this.#enqueue(async () => {
      const outcomes = (await this.#log.get(this.#sweep.id))?.outcomes ?? []
      const mailbox = new Mailbox<SweepEvent>()
      this.#mailboxes.add(mailbox)
      const leave = (): void => {
        this.#mailboxes.delete(mailbox)
        mailbox.close()
      }
      return { outcomes, sweep: this.#sweep, mailbox, leave }
    })
  }

  #enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(task)
    this.#queue = result.catch(() => undefined) // whoever asked hears of it
    return result
  }

  #post(event: SweepEvent): void {
    for (const mailbox of this.#mailboxes) mailbox.post(event)
  }
}
