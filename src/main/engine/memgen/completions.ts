/**
 * @file Many prompts through one rollout of few rows: a finished row's place goes to the next prompt. It records little,
 * and knows neither what completions are for nor where they go.
 */
import { setImmediate } from 'node:timers/promises'
import type { LatentRecord } from '../../../shared/domain/compact-record.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import { completionText } from '../tokenization/completion-text.ts'
import { compactRecordOf } from './compact-record.ts'
import { compactRecorder, type CompactStep } from './compact-step.ts'
import type { Insertion } from './insertion.ts'
import type { MemGenModel } from './memgen-model.ts'
import { PromptRejectedError, resolveRun, type ResolvedRun } from './resolved-run.ts'
import { Rollout } from './rollout.ts'
import type { RolloutRow } from './rollout-row.ts'
import { RowPlan } from './row-plan.ts'
import type { RowRequest } from './row-request.ts'

export type CompletionRequest = Omit<RowRequest, 'id'>

export interface CompletionOptions {
  /** Rows computed at a time. Draws do not depend on it; logits do by rounding. @default 8 */
  readonly batchSize?: number
  /** @default false */
  readonly withLogprobs?: boolean
  /** Completions carry compact records with these latents. @default no record */
  readonly record?: LatentRecord | undefined
  /** Hears of each completion as soon as it is finished, with the index of its request. */
  readonly onRow?: (completion: Completion, index: number) => void
  /** Hears of each insertion, with the index of its request. */
  readonly onInsertion?: (insertion: Insertion, index: number) => void
  readonly signal?: AbortSignal
}

/**
 * Generates from every request; completions are in the order of `requests`. A prompt that cannot be generated from, or whose
 * numbers go wrong, is a completion with finish `error`.
 * @throws PromptRejectedError for a config that the model cannot follow, or the signal's reason
 */
export async function generateCompletions(
  model: MemGenModel,
  config: RunConfig,
  requests: readonly CompletionRequest[],
  { batchSize = 8, withLogprobs = false, record, onRow, onInsertion, signal }: CompletionOptions = {},
): Promise<Completion[]> {
  const run = resolveRun(model, config)
  const completions: Completion[] = []
  const finish = (completion: Completion, index: number): void => {
    completions[index] = completion
    onRow?.(completion, index)
  }
  const recordOf = ({ request: { promptIds }, steps }: Slot): Pick<Completion, 'record'> =>
    record === undefined ? {} : { record: compactRecordOf(steps, { tokenizer: model.tokenizer, promptIds, latents: record }) }
  const waiting = requests.entries()
  const next = (): Slot | null => {
    for (const [index, request] of waiting) {
      const slot = newSlot(index, request)
      const rejection = findRejection(model, run, slot.request)
      if (rejection === null) return slot
      finish({ ...rejectedCompletion(request, rejection), ...recordOf(slot) }, index)
    }
    return null
  }
  const slots: (Slot | null)[] = []
  for (let slot = next(); slot !== null; slot = slots.length < batchSize ? next() : null) slots.push(slot)
  const rollout = Rollout.openWith(compactRecorder, model, config, slots.flatMap((slot) => (slot === null ? [] : [slot.request])))
  try {
    while (!rollout.isFinished) {
      // Runs block the thread: only between steps can an abort be heard, and a message leave.
      await setImmediate()
      signal?.throwIfAborted()
      for (const step of await rollout.step()) {
        const slot = slots[step.row]
        if (slot === null || slot === undefined) throw new Error(`internal: row ${step.row} stepped without a request`)
        slot.steps.push(step)
        if (step.insertion !== null) onInsertion?.(step.insertion, slot.index)
      }
      for (const [row, slot] of slots.entries()) {
        const ended = rollout.rows[row]
        if (slot === null || ended?.finish == null) continue
        finish({ ...toCompletion(model, ended, slot.steps, withLogprobs), ...recordOf(slot) }, slot.index)
        const following = next()
        if (following !== null) rollout.replace(row, following.request)
        slots[row] = following
      }
    }
  } finally {
    rollout.dispose()
  }
  return completions
}

/** A request in its row, with what it has generated. */
interface Slot {
  readonly index: number
  readonly request: RowRequest
  readonly steps: CompactStep[]
}

function newSlot(index: number, request: CompletionRequest): Slot {
  return { index, request: { ...request, id: `${request.sampleId}/${request.repeat}` }, steps: [] }
}

function findRejection(model: MemGenModel, run: ResolvedRun, request: RowRequest): string | null {
  try {
    RowPlan.create(model, run, request)
    return null
  } catch (error) {
    if (error instanceof PromptRejectedError) return error.message
    throw error
  }
}

function toCompletion(model: MemGenModel, { request, ids, candidateCount, finish, error }: RolloutRow, steps: readonly CompactStep[], withLogprobs: boolean): Completion {
  if (finish === null) throw new Error(`internal: row ${request.id} has not finished`)
  const tokenIds = ids.slice(request.promptIds.length)
  const kinds = steps.flatMap(({ insertion }) => insertion?.kind ?? [])
  return {
    sampleId: request.sampleId,
    repeat: request.repeat,
    tokenIds,
    text: completionText(model.tokenizer, tokenIds),
    decisions: steps.map(({ decision }) => decision),
    triggerLogits: steps.map(({ triggerLogits }) => (triggerLogits === null ? null : [...triggerLogits])),
    logprobs: withLogprobs ? steps.map(({ logprob }) => logprob) : null,
    insertions: { prompt: kinds.filter((kind) => kind === 'prompt').length, inference: kinds.filter((kind) => kind === 'inference').length },
    candidateCount: candidateCount + 1, // a row does not count the prompt's end
    finish,
    error,
  }
}

function rejectedCompletion({ sampleId, repeat }: CompletionRequest, error: string): Completion {
  const insertions = { prompt: 0, inference: 0 }
  return { sampleId, repeat, tokenIds: [], text: '', decisions: [], triggerLogits: [], logprobs: null, insertions, finish: 'error', error }
}
