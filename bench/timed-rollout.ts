/** @file Generations of the measured model whose insertions are known beforehand, and how long their steps take. It compares nothing. */
import type { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { Rollout } from '../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../src/main/engine/memgen/step-record.ts'
import type { ResolvedChange } from '../src/main/engine/protocol.ts'
import type { MemoryPolicy } from '../src/shared/domain/memory-policy.ts'
import { runConfigSchema } from '../src/shared/domain/run-config.ts'
import { benchPromptIds, PROMPT_LENGTH } from './bench-model.ts'

export interface RolloutShape {
  readonly policy: MemoryPolicy
  readonly batch: number
  readonly promptLength: number
  readonly maxNewTokens: number
  /** @default nothing is forced */
  readonly changes?: readonly ResolvedChange[]
}

/** Rows that differ in their prompts, so that none is read once for all. */
export function openRollout(model: MemGenModel, { policy, batch, promptLength, maxNewTokens, changes = [] }: RolloutShape): Rollout {
  const config = runConfigSchema.parse({ policy, maxNewTokens, recordNearest: 0 })
  const requests = Array.from({ length: batch }, (_, row) => ({ id: `row-${row}`, promptIds: promptOf(model, promptLength, row), sampleId: `${row}`, repeat: 0, changes }))
  return Rollout.open(model, config, requests)
}

/** Ordinary tokens, then a full stop; each row's are others. */
export function promptOf(model: MemGenModel, length: number, row: number): number[] {
  return [...benchPromptIds(length - 1, row), tokenOf(model, '.')]
}

export interface PlainDecoding {
  readonly tokensPerSecond: number
  /** What the first row was continued with, greedily. */
  readonly tokenIds: readonly number[]
}

/** A batch that decodes without memory; reading the prompt and the first decoding step are not timed. */
export async function decodePlain(model: MemGenModel, batch: number, steps: number): Promise<PlainDecoding> {
  const rollout = openRollout(model, { policy: { kind: 'vanilla' }, batch, promptLength: PROMPT_LENGTH, maxNewTokens: steps + 2 })
  await rollout.step()
  await rollout.step()
  const elapsedMs = await elapsedMsOf(async () => {
    for (let step = 0; step < steps; step++) await rollout.step()
  })
  const tokenIds = rollout.rows[0]?.ids.slice(PROMPT_LENGTH) ?? []
  rollout.dispose()
  return { tokensPerSecond: (batch * steps) / (elapsedMs / 1000), tokenIds }
}

const INSERTIONS = 5

/**
 * Inference insertions at one context, measured as often as wanted: asking the trigger, weaving, and the run that reads the latents and gives
 * the next token. Ids of the random model have no text, so every position after the prompt's delimiter is a candidate and the first five
 * insert; going back behind them needs no second reading of the prompt.
 */
export class TimedInsertions {
  readonly #rollout: Rollout

  private constructor(rollout: Rollout) {
    this.#rollout = rollout
  }

  /** Reads the prompt with all roles and inserts at its end. */
  static async open(model: MemGenModel, contextLength: number): Promise<TimedInsertions> {
    const rollout = openRollout(model, { policy: { kind: 'trigger' }, batch: 1, promptLength: contextLength, maxNewTokens: INSERTIONS + 2 })
    await rollout.step()
    return new TimedInsertions(rollout)
  }

  /** Milliseconds of one insertion, the mean of five in a row. */
  async measure(): Promise<number> {
    const elapsedMs = await elapsedMsOf(async () => {
      for (let insertion = 0; insertion < INSERTIONS; insertion++) expectInsertion(await this.#rollout.step())
    })
    this.#rollout.rewind(0, 1)
    return elapsedMs / INSERTIONS
  }

  dispose(): void {
    this.#rollout.dispose()
  }
}

export interface ForcedCandidates {
  readonly newTokens: number
  /** Candidates among the new tokens, evenly spread; the prompt's end is none of them. */
  readonly count: number
  /** At how many of them memory is inserted, the last one included: until then the trigger is asked at each. */
  readonly insertions: number
  /** Whether the prompt's end gets latents too. */
  readonly insertsAtPrompt: boolean
}

/**
 * Changes of a generation under the policy `trigger`: its tokens are given, since what a random model writes has no delimiters, and the
 * trigger, which always says insert, is overruled where nothing is to be inserted. It is asked all the same.
 */
export function forcedCandidates(model: MemGenModel, { newTokens, count, insertions, insertsAtPrompt }: ForcedCandidates): ResolvedChange[] {
  const plain = tokenOf(model, 'a')
  const delimiter = tokenOf(model, '.')
  const candidates = Array.from({ length: count }, (_, index) => Math.floor(((index + 1) * newTokens) / (count + 1)))
  const inserting = new Set(Array.from({ length: insertions }, (_, index) => candidates[Math.ceil(((index + 1) * count) / insertions) - 1]))
  // A candidate is a step whose text so far ends with a delimiter, so the token before it is one.
  const tokenIds = Array.from({ length: newTokens }, (_, step) => (candidates.includes(step + 1) ? delimiter : plain))
  const declined = [...(insertsAtPrompt ? [] : [0]), ...candidates.filter((step) => !inserting.has(step))]
  return [
    { stepIndex: 0, change: { kind: 'tokens', tokenIds, text: '' }, latents: null },
    ...declined.map((stepIndex): ResolvedChange => ({ stepIndex, change: { kind: 'decision', decision: 0 }, latents: null })),
  ]
}

export async function elapsedMsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function expectInsertion([result]: readonly StepResult[]): void {
  if (result?.weave == null || result.step.decisionSource !== 'model') throw new Error('internal: the benchmark expected an insertion by the trigger')
}

function tokenOf(model: MemGenModel, text: string): number {
  const [id] = model.tokenizer.encode(text)
  if (id === undefined) throw new Error(`internal: the benchmark's tokenizer has no token for ${text}`)
  return id
}
