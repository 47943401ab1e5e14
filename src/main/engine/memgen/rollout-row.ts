/**
 * @file One sequence of a rollout: its tokens, context, random streams and the marks that let it be rewound. It does
 * not know the models.
 */
import type { Finish } from '../../../shared/domain/trace.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'
import { StreamedText } from '../tokenization/streamed-text.ts'
import { Context } from './context.ts'
import type { RowPlan } from './row-plan.ts'
import type { RowRequest } from './row-request.ts'
import { createStreams, restoreStreams, streamStates, type RandomStates, type RandomStreams } from './sampling/random-streams.ts'

/** How far each role's cache had come. */
export interface CacheLengths {
  readonly reasoner: number
  readonly weaver: number
  readonly trigger: number
}

/** One reading of a context. */
export interface ContextRead {
  /** Positions up to which it went. */
  readonly length: number
  /** Whether latents were appended right before. */
  readonly hasNewLatents: boolean
}

/** Everything that a step changes, as it was before that step. */
export interface StepMark {
  readonly contextLength: number
  readonly augmentationCount: number
  readonly candidateCount: number
  readonly randomStates: RandomStates
  readonly caches: CacheLengths
}

export class RolloutRow {
  readonly request: RowRequest
  readonly plan: RowPlan
  readonly context: Context
  /** Prompt and generated tokens; latents are in the context alone. */
  readonly ids: number[]
  /** One for each step taken, and one for the step that has begun. */
  readonly marks: StepMark[]
  streams: RandomStreams
  /** Inference insertions so far; the prompt's is free. */
  augmentationCount: number
  /** Candidates among the steps so far, where the gate was asked; the end of the prompt is none of them. */
  candidateCount: number
  finish: Finish | null
  error: string | null
  readonly #text: StreamedText

  private constructor({ request, plan, ...state }: RowState) {
    this.request = request
    this.plan = plan
    this.context = state.context
    this.ids = state.ids
    this.marks = state.marks
    this.streams = state.streams
    this.augmentationCount = state.augmentationCount
    this.candidateCount = state.candidateCount
    this.#text = state.text
    this.finish = null
    this.error = null
  }

  static open(request: RowRequest, plan: RowPlan, { hiddenSize, tokenizer }: { hiddenSize: number; tokenizer: Tokenizer }): RolloutRow {
    const context = new Context(hiddenSize)
    for (const id of request.promptIds) context.appendToken(id)
    const streams = createStreams({ ...request, seed: plan.runAt(0).config.seed })
    const text = new StreamedText(tokenizer)
    return new RolloutRow({ request, plan, context, ids: [...request.promptIds], marks: [], streams, augmentationCount: 0, candidateCount: 0, text })
  }

  /** Index of the next step. */
  get stepIndex(): number {
    return this.ids.length - this.request.promptIds.length
  }

  /** Whether the next step was begun and left: it is under way, or the row ended in it without a token. */
  get hasBegunStep(): boolean {
    return this.marks.length > this.stepIndex
  }

  /** What the reasoner read in each step so far, and what it is to read in the one that has begun. */
  reads(): ContextRead[] {
    const lengths = this.marks.map(({ contextLength }) => contextLength)
    // Each step but the one under way has appended its token after the read.
    const readTo = [...lengths.slice(1).map((length) => length - 1), this.context.length]
    return readTo.map((length, step) => ({ length, hasNewLatents: length > (lengths[step] ?? length) }))
  }

  /** Remembers the state before the step that begins. */
  mark(caches: CacheLengths): StepMark {
    const mark = this.#state(caches)
    this.marks.push(mark)
    return mark
  }

  /** Ends the row where its numbers went wrong. */
  fail(problem: string): void {
    this.finish = 'error'
    this.error = `step ${this.stepIndex}: ${problem}`
  }

  /** Appends a generated token. */
  appendToken(tokenId: number): void {
    this.ids.push(tokenId)
    this.context.appendToken(tokenId)
  }

  /** What the last token adds to the text. Only here are tokens decoded: nobody else may want their text. */
  lastText(): string {
    this.#text.truncate(Math.min(this.#text.length, this.ids.length - 1))
    let text = ''
    for (const id of this.ids.slice(this.#text.length)) text = this.#text.push(id)
    return text
  }

  /** Goes back to before step `stepIndex` was decided; returns how far the caches had come then. */
  rewind(stepIndex: number): CacheLengths {
    const mark = this.#markOf(stepIndex)
    const length = this.request.promptIds.length + stepIndex
    this.ids.length = length
    this.#text.truncate(Math.min(length, this.#text.length))
    this.context.truncate(mark.contextLength)
    this.augmentationCount = mark.augmentationCount
    this.candidateCount = mark.candidateCount
    this.streams = restoreStreams(mark.randomStates)
    this.marks.length = stepIndex
    this.finish = null
    this.error = null
    return mark.caches
  }

  /** An independent row as it was before step `stepIndex`, that goes on as `request` and `plan` say; `current` is how far the caches are now. */
  fork(stepIndex: number, request: RowRequest, plan: RowPlan, current: CacheLengths): { row: RolloutRow; caches: CacheLengths } {
    const isNow = stepIndex === this.stepIndex && !this.hasBegunStep
    const mark = isNow ? this.#state(current) : this.#markOf(stepIndex)
    const length = this.request.promptIds.length + stepIndex
    const text = this.#text.fork()
    text.truncate(Math.min(length, text.length))
    const row = new RolloutRow({
      request,
      plan,
      context: this.context.fork(mark.contextLength),
      ids: this.ids.slice(0, length),
      marks: this.marks.slice(0, stepIndex),
      streams: restoreStreams(mark.randomStates),
      augmentationCount: mark.augmentationCount,
      candidateCount: mark.candidateCount,
      text,
    })
    return { row, caches: mark.caches }
  }

  #state(caches: CacheLengths): StepMark {
    const { context, augmentationCount, candidateCount, streams } = this
    return { contextLength: context.length, augmentationCount, candidateCount, randomStates: streamStates(streams), caches }
  }

  #markOf(stepIndex: number): StepMark {
    const mark = this.marks[stepIndex]
    if (mark === undefined) throw new RangeError(`internal: row ${this.request.id} has not taken step ${stepIndex}`)
    return mark
  }
}

interface RowState {
  readonly request: RowRequest
  readonly plan: RowPlan
  readonly context: Context
  readonly ids: number[]
  readonly marks: StepMark[]
  readonly streams: RandomStreams
  readonly augmentationCount: number
  readonly candidateCount: number
  readonly text: StreamedText
}
