/**
 * @file One generation with a rollout behind it: its state, its listeners, and the queue that keeps what happens to it
 * in order. It does not know the engine or the log.
 */
import type { Certificate } from '../../shared/domain/certificate.ts'
import type { Placement } from '../../shared/domain/model.ts'
import type { SessionEvent, SessionState } from '../../shared/domain/session.ts'
import type { PromptToken, TraceHeader } from '../../shared/domain/trace.ts'
import { endingOf, previewOf } from '../../shared/text-ends.ts'
import type { HaltReason } from '../engine/protocol.ts'
import type { RecordedStep } from '../log/index.ts'
import { Mailbox } from './mailbox.ts'
import type { RunBreakpoints } from './run-breakpoints.ts'
import { StepBatch } from './step-batch.ts'

/** Events kept for a listener that falls behind: a step with its latents can take a megabyte, and the log has them all. */
export const LISTENER_CAPACITY = 64

/** What stands before the first step that a session takes. */
export interface SessionBeginning {
  readonly header: TraceHeader
  readonly promptTokens: PromptToken[]
  /** Of the steps that are recorded already. */
  readonly texts: readonly string[]
  /** Where its rollout stands. */
  readonly placement: Placement
  /** Whether the engine computes the vanilla twin alongside from the beginning. @default false */
  readonly isTwinRunning?: boolean
  /** Whether somebody asked for it. @default false */
  readonly isTwinWanted?: boolean
}

/** What a session needs done outside of it. */
export interface SessionDuties {
  /** Records steps, all or none of them. */
  readonly commit: (steps: readonly RecordedStep[]) => Promise<void>
  /** Hears of a task that threw, in its place in the queue. */
  readonly onFailure: (error: unknown) => void | Promise<void>
}

export class LiveSession {
  readonly promptTokens: PromptToken[]
  /** What each logged step adds to the text. */
  readonly texts: string[]
  readonly #mailboxes = new Set<Mailbox<SessionEvent>>()
  readonly #duties: SessionDuties
  readonly #batch = new StepBatch((steps) => void this.#append(() => this.#commit(steps)))
  /** Settles when the latest run has stopped and what it made is logged. */
  advancing: Promise<void> = Promise.resolve()
  /** Of the run under way or the latest. */
  breakpoints: RunBreakpoints | null = null
  /** Whether the run is to stop after the step under way. */
  isPauseWanted = false
  /** Hears of steps that the engine has computed, as they come. */
  onComputed: (() => void) | null = null
  /** Where its rollout stands. */
  placement: Placement
  /** Whether the engine computes the vanilla twin alongside. */
  isTwinRunning: boolean
  /** Whether the user wants it. */
  isTwinWanted: boolean
  #header: TraceHeader
  #state: SessionState = { kind: 'paused', pending: null, stoppedBy: null }
  #isEnded = false
  #computed: RecordedStep[] = []
  #interruption = new AbortController()
  #queue: Promise<void> = Promise.resolve()

  constructor({ header, promptTokens, texts, placement, isTwinRunning = false, isTwinWanted = false }: SessionBeginning, duties: SessionDuties) {
    this.#header = header
    this.promptTokens = promptTokens
    this.texts = [...texts]
    this.placement = placement
    this.isTwinRunning = isTwinRunning
    this.isTwinWanted = isTwinWanted
    this.#duties = duties
  }

  get header(): TraceHeader {
    return this.#header
  }

  get state(): SessionState {
    return this.#state
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Resolves when everything logged and enqueued up to now is done. */
  logged(): Promise<void> {
    this.#batch.flush()
    return this.#queue
  }

  /** Resolves when what is being done is done; steps may wait for more to be committed with them. */
  rested(): Promise<void> {
    return this.#queue
  }

  /** Runs after everything logged and enqueued before it; not at all once the session has ended. */
  enqueue(task: () => Promise<void>): Promise<void> {
    this.#batch.flush()
    return this.#append(task)
  }

  /** Aborts with a HaltReason when the next call of the engine, which may take many steps, is to end with the one under way. */
  beInterrupted(): AbortSignal {
    this.#interruption = new AbortController()
    return this.#interruption.signal
  }

  /** Lets the run look at what it is doing after the step under way. */
  interrupt(): void {
    this.#interruption.abort('pause' satisfies HaltReason)
  }

  /** Asks the run to stop after the step under way. */
  askToPause(): void {
    this.isPauseWanted = true
    this.interrupt()
  }

  /** Commits steps, in their place in the queue and with those that soon follow, then tells of them. */
  log(computed: readonly RecordedStep[]): void {
    this.#batch.add(computed)
  }

  /** Notes a step that the engine has computed; it is not logged yet. */
  noteComputed(recorded: RecordedStep): void {
    this.#computed.push(recorded)
    this.onComputed?.()
  }

  /** The steps computed since this was asked last. */
  takeComputed(): readonly RecordedStep[] {
    const computed = this.#computed
    this.#computed = []
    return computed
  }

  async #commit(steps: readonly RecordedStep[]): Promise<void> {
    await this.#duties.commit(steps)
    for (const recorded of steps) this.#announceStep(recorded)
  }

  #append(task: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(() => (this.#isEnded ? undefined : task())).catch(this.#duties.onFailure)
    return this.#queue
  }

  /** Tells listeners of a step that is in the log. */
  #announceStep({ step, weave }: RecordedStep): void {
    const { header } = this
    this.texts.push(step.text)
    this.#header = {
      ...header,
      stepCount: step.index + 1,
      weaveCount: header.weaveCount + (weave === null ? 0 : 1),
      preview: previewOf(header.preview + step.text),
      ending: endingOf(header.ending + step.text),
    }
    this.#post({ kind: 'step', step, weave })
  }

  announceState(state: SessionState): void {
    this.#state = state
    this.#post(this.#stateEvent())
  }

  /** The result of a re-run, as it now stands in the log. */
  stamp(certificate: Certificate): void {
    this.#header = { ...this.#header, certificate }
    this.#post(this.#stateEvent())
  }

  /** The last word to every listener; nothing enqueued later runs. */
  end(state: SessionState, outcome: Pick<TraceHeader, 'finish' | 'error'>): void {
    this.#isEnded = true
    this.#header = { ...this.#header, ...outcome }
    this.announceState(state)
    for (const mailbox of this.#mailboxes) mailbox.close()
    this.#mailboxes.clear()
  }

  /** A mailbox that starts with the present state and receives every event from now on; a slow reader finds the latest only. */
  listen(): { mailbox: Mailbox<SessionEvent>; leave: () => void } {
    const mailbox = new Mailbox<SessionEvent>({ capacity: LISTENER_CAPACITY })
    mailbox.post(this.#stateEvent())
    this.#mailboxes.add(mailbox)
    return {
      mailbox,
      leave: () => {
        this.#mailboxes.delete(mailbox)
        mailbox.close()
      },
    }
  }

  #stateEvent(): SessionEvent {
    return { kind: 'state', state: this.#state, header: this.#header }
  }

  #post(event: SessionEvent): void {
    for (const mailbox of this.#mailboxes) mailbox.post(event)
  }
}
