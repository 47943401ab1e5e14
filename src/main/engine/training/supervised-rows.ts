/**
 * @file Where a training row is supervised and where latents go: docs/REFERENCE.md 5.1–5.7 without any tensor. Knows neither
 * batches nor graphs.
 *
 * Differences: tokens after the last supervised one are left out of a pass, since nothing that counts depends on them; the
 * segments of a long conversation are drawn by a seeded generator, in the reference by an unseeded one.
 */
import type { RandomStream } from '../memgen/sampling/random-streams.ts'
import type { DelimiterGate } from '../tokenization/delimiter-gate.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'
import { seededStream, shuffle } from './seeded-stream.ts'

/** The label of tokens that are not learnt (torch's cross_entropy `ignore_index`). */
export const IGNORED_LABEL = -100

/** Ids without padding, and for each the id to learn there or {@link IGNORED_LABEL}. */
export interface LabelledRow {
  readonly ids: readonly number[]
  readonly labels: readonly number[]
}

/** `instruction` rows have one supervised segment, `conversation` rows any number, each with a pass of its own. */
export type RowMode = 'instruction' | 'conversation'

/** The latents of one weave go before token `tokenIndex`. */
export interface Insertion {
  readonly tokenIndex: number
  readonly kind: 'prompt' | 'inference'
}

/** `label` is to be predicted at token `position` >= 1, by the logits of whatever stands before it: latents or token `position - 1`. */
export interface Target {
  readonly position: number
  readonly label: number
}

/** One reasoner pass: `insertions` in ascending order, the first is the prompt's; the last of `targets` ends `ids`. */
export interface TrainingPass {
  readonly ids: readonly number[]
  readonly insertions: readonly Insertion[]
  readonly targets: readonly Target[]
}

/** The ids by which assistant messages are recognised. */
export interface AssistantMarks {
  /** `<|im_start|>assistant` */
  readonly opening: readonly number[]
  /** `<|im_start|>assistant\n` */
  readonly header: readonly number[]
}

export interface PassOptions {
  readonly mode: RowMode
  readonly marks: AssistantMarks
  readonly gate: DelimiterGate
  /** Inference insertions of one pass. */
  readonly maxInferenceAugNum: number
  /** Supervised segments of one conversation. */
  readonly maxPromptAugNum: number
  /** Draws the segments of conversations that have more. @default a stream of seed 0 */
  readonly random?: Pick<RandomStream, 'next'>
}

/** A row that forward() of the reference cannot train on. */
export class TrainingRowError extends Error {
  override readonly name = 'TrainingRowError'
}

/** In the ids of that tokenizer. */
export function assistantMarks(tokenizer: Tokenizer): AssistantMarks {
  return { opening: tokenizer.encode('<|im_start|>assistant'), header: tokenizer.encode('<|im_start|>assistant\n') }
}

/** The mode of a whole run, decided by the ids of its first row (docs/REFERENCE.md 5.2). */
export function detectRowMode(ids: readonly number[], { opening }: AssistantMarks): RowMode {
  return findPattern(ids, opening).length > 1 ? 'conversation' : 'instruction'
}

/** The row's labels with those of assistant headers ignored: the template writes headers, not the model (docs/REFERENCE.md 5.1). */
export function ignoreAssistantHeaders({ ids, labels }: LabelledRow, { header }: AssistantMarks): number[] {
  const kept = [...labels]
  for (const start of findPattern(ids, header)) kept.fill(IGNORED_LABEL, start, start + header.length)
  return kept
}

/**
 * The passes that supervise a row: one for an instruction, one for each (drawn) segment of a conversation.
 * @throws TrainingRowError when an instruction has no or several supervised segments, or a segment has no prompt before it
 */
export function supervisedPasses(row: LabelledRow, options: PassOptions): TrainingPass[] {
  const { mode, marks, maxPromptAugNum, random = seededStream(0, 'segments') } = options
  const labels = ignoreAssistantHeaders(row, marks)
  const segments = findSegments(labels)
  if (segments[0]?.start === 0) throw new TrainingRowError('expected a prompt before the first supervised token, found none')
  if (mode === 'instruction' && segments.length !== 1) {
    throw new TrainingRowError(`expected one supervised segment in an instruction row, found ${segments.length}`)
  }
  const supervised = mode === 'conversation' ? drawSegments(segments, maxPromptAugNum, random) : segments
  return supervised.map((segment) => passOf(row.ids, labels, segment, options))
}

/** A run of supervised tokens, `[start, end)`. */
interface Segment {
  readonly start: number
  readonly end: number
}

function passOf(ids: readonly number[], labels: readonly number[], { start, end }: Segment, { gate, maxInferenceAugNum }: PassOptions): TrainingPass {
  const insertions: Insertion[] = [{ tokenIndex: start, kind: 'prompt' }]
  for (let index = start + 1; index < end && insertions.length <= maxInferenceAugNum; index++) {
    if (gate(ids.slice(0, index)).candidate) insertions.push({ tokenIndex: index, kind: 'inference' })
  }
  const targets = labels.slice(start, end).map((label, offset) => ({ position: start + offset, label }))
  return { ids: ids.slice(0, end), insertions, targets }
}

function findSegments(labels: readonly number[]): Segment[] {
  const segments: Segment[] = []
  let start = -1
  for (let index = 0; index <= labels.length; index++) {
    const isSupervised = index < labels.length && labels[index] !== IGNORED_LABEL
    if (isSupervised && start < 0) start = index
    if (!isSupervised && start >= 0) {
      segments.push({ start, end: index })
      start = -1
    }
  }
  return segments
}

/** At most `count` segments, in their order. */
function drawSegments(segments: readonly Segment[], count: number, random: Pick<RandomStream, 'next'>): Segment[] {
  if (segments.length <= count) return [...segments]
  return shuffle([...segments], random)
    .slice(0, count)
    .sort((a, b) => a.start - b.start)
}

function findPattern(ids: readonly number[], pattern: readonly number[]): number[] {
  const starts = Array.from({ length: Math.max(0, ids.length - pattern.length + 1) }, (_, start) => start)
  return starts.filter((start) => pattern.every((id, offset) => ids[start + offset] === id))
}
