/**
 * @file A training run that this process has in hand: the queue that keeps log and listeners in order, and its listeners. It
 * does not know the engine.
 */
import type { HaltReason } from '../../engine/protocol.ts'
import type { TrainingLog } from '../../log/index.ts'
import type { TrainingEvent } from '../../../shared/domain/training-event.ts'
import type { TrainingMessage, TrainingRecord, TrainingRun } from '../../../shared/domain/training-run.ts'
import { Mailbox } from '../../sessions/index.ts'
import { isLastEvent, RunProgress } from './run-progress.ts'

/** A message and its place in the order of all. */
export interface Numbered {
  readonly sequence: number
  readonly message: TrainingMessage
}

/** What waits for a slow listener; beyond it the oldest is dropped, and the log is read again. */
const LISTENER_CAPACITY = 256

export class LiveTraining {
  readonly #log: TrainingLog
  readonly #progress: RunProgress
  readonly #onChange: (run: TrainingRun) => void
  readonly #mailboxes = new Set<Mailbox<Numbered>>()
  readonly #halting = new AbortController()
  #attempt: number
  #sequence = 0
  #queue: Promise<void> = Promise.resolve()
  #hasEnded = false
  /** The log refused: nothing more is recorded, and nothing unrecorded is shown. */
  #logFailure: unknown = null
  /** Stop was asked, whatever was asked before. */
  isStopWanted = false

  constructor(log: TrainingLog, run: TrainingRun, attempt: number, onChange: (run: TrainingRun) => void) {
    this.#log = log
    this.#progress = new RunProgress(run)
    this.#attempt = attempt
    this.#onChange = onChange
  }

  get run(): TrainingRun {
    return this.#progress.run
  }

  get attempt(): number {
    return this.#attempt
  }

  get halt(): AbortSignal {
    return this.#halting.signal
  }

  get logFailure(): unknown {
    return this.#logFailure
  }

  /** Whether the attempt said how it ended. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  askToHalt(reason: HaltReason): void {
    this.#halting.abort(reason)
  }

  /** Begins the next attempt. Throws what the log throws. */
  async begin(): Promise<void> {
    const { attempt, run } = await this.#log.startAttempt(this.run.id, this.#attempt)
    this.#attempt = attempt
    this.announce(run)
  }

  /** Records the event, then tells it, after everything before it. */
  receive(event: TrainingEvent): void {
    void this.#enqueue(async () => {
      if (this.#logFailure !== null) return
      try {
        await this.#log.commitEvent(this.run.id, this.#attempt, event)
      } catch (error) {
        this.#logFailure = error
        this.askToHalt('stop')
        return
      }
      this.#progress.apply(event)
      if (isLastEvent(event)) {
        this.#hasEnded = true
        await this.#readAgain()
      }
      this.#post({ kind: 'event', event, run: this.run })
      this.#onChange(this.run)
    })
  }

  /** Resolves when all that was received up to now is recorded and told. */
  settled(): Promise<void> {
    return this.#queue
  }

  /** Ends an attempt that did not say how it ended. Where the log refuses this too, the run ends in memory. */
  async end(status: 'interrupted' | 'failed' | 'stopped', message: string | null): Promise<void> {
    this.#hasEnded = true
    try {
      await this.#log.endRun(this.run.id, this.#attempt, status, message)
      await this.#readAgain()
    } catch (error) {
      this.#logFailure ??= error
      this.#progress.replace({ ...this.run, status, message, remainingMs: null })
    }
    this.announce(this.run)
  }

  /** Tells listeners that the run has changed. */
  announce(run: TrainingRun): void {
    this.#progress.replace(run)
    this.#post({ kind: 'run', run })
    this.#onChange(run)
  }

  /** Takes over what a person changed of the run meanwhile, and tells it. */
  annotate({ name, trashedAt }: TrainingRun): void {
    this.announce({ ...this.run, name, trashedAt })
  }

  /** No more messages. */
  close(): void {
    for (const mailbox of this.#mailboxes) mailbox.close()
    this.#mailboxes.clear()
  }

  /** Messages from now on. */
  listen(): { mailbox: Mailbox<Numbered>; leave: () => void } {
    const mailbox = new Mailbox<Numbered>({ capacity: LISTENER_CAPACITY })
    this.#mailboxes.add(mailbox)
    const leave = (): void => {
      this.#mailboxes.delete(mailbox)
      mailbox.close()
    }
    return { mailbox, leave }
  }

  /** What is recorded, and the number of the last message that told of it. */
  snapshot(): Promise<{ record: TrainingRecord; sequence: number }> {
    return this.#enqueue(async () => {
      const found = await this.#log.getRecord(this.run.id)
      if (found === undefined) throw new Error(`internal: training run ${this.run.id} is not in the log`)
      return { record: { run: this.run, ...found.record }, sequence: this.#sequence }
    })
  }

  async #readAgain(): Promise<void> {
    const recorded = await this.#log.getRun(this.run.id)
    if (recorded !== undefined) this.#progress.replace(recorded.run)
  }

  #enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(task)
    this.#queue = result.then(
      () => undefined,
      () => undefined, // whoever asked hears of it
    )
    return result
  }

  #post(message: TrainingMessage): void {
    this.#sequence++
    for (const mailbox of this.#mailboxes) mailbox.post({ sequence: this.#sequence, message })
  }
}
