/**
 * @file A whole trace by columns: what lanes, stream and lists need of every step, small enough that a hundred thousand steps open at
 * once. Details of single steps are asked for apart. It does not know how columns are stored.
 */
import { z } from 'zod'
import { latentEditSchema } from './branch.ts'
import { weaveIdSchema } from './identifiers.ts'
import { NOT_ASKED, stepSchema, type DecisionSource, type Step } from './step.ts'
import { promptTokenSchema, traceHeaderSchema } from './trace.ts'
import { weaveKindSchema } from './weave.ts'

export const stepOverviewSchema = stepSchema.omit({ topK: true, randomState: true, triggerLogits: true, gateReason: true })
/** A step without what only its inspector shows; every `Step` is one. */
export type StepOverview = z.infer<typeof stepOverviewSchema>

export const weaveOverviewSchema = z.object({
  id: weaveIdSchema,
  stepIndex: z.int().nonnegative(),
  kind: weaveKindSchema,
  contextLength: z.int().nonnegative(),
  norms: z.array(z.number()),
  intervention: latentEditSchema.optional(),
})
/** A weave without latents and vocabulary; every `Weave` is one. */
export type WeaveOverview = z.infer<typeof weaveOverviewSchema>

const float64s = z.instanceof(Float64Array<ArrayBufferLike>)
const float32s = z.instanceof(Float32Array<ArrayBufferLike>)
const int32s = z.instanceof(Int32Array<ArrayBufferLike>)
const uint8s = z.instanceof(Uint8Array<ArrayBufferLike>)

/** Step i has `distinct[at[i]]`: a long trace repeats a few thousand texts, and each text apart costs more on its way than its bytes. */
const textColumnSchema = z.object({ distinct: z.array(z.string()), at: int32s })
export type TextColumn = z.infer<typeof textColumnSchema>

/** Step i of every column is step i of the trace; what few steps have stands with the steps that have it, in rising order. */
export const stepColumnsSchema = z.object({
  tokenIds: int32s,
  texts: textColumnSchema,
  logprobs: float64s,
  entropies: float64s,
  /** `values[k]` of step `at[k]`; null in all other steps. */
  pInvoke: z.object({ at: int32s, values: float64s }),
  /** candidate (1) + 2 x (decision: 0 not asked, 1 declined, 2 insert) + 8 x (0 no source, else 1 + index in `decisionSources`). */
  flags: uint8s,
  /** `values[k]` from step `at[k]` on; 0 before the first. */
  augmentationCounts: z.object({ at: int32s, values: int32s }),
  /** [decide, weave, decode] of each step in turn: seven digits of each. */
  elapsedMs: float32s,
  /** null where no step has a twin; in `kl` NaN stands where a step has none. */
  twin: z.object({ tokenIds: int32s, texts: textColumnSchema, logprobs: float64s, kl: float64s }).nullable(),
})
export type StepColumns = z.infer<typeof stepColumnsSchema>

export const traceOverviewSchema = z.object({
  header: traceHeaderSchema,
  promptTokens: z.array(promptTokenSchema),
  steps: stepColumnsSchema,
  weaves: z.array(weaveOverviewSchema),
})
export type TraceOverview = z.infer<typeof traceOverviewSchema>

const decisionSources = ['model', 'constant', 'policy', 'forced'] as const satisfies readonly DecisionSource[]
const decisions = [NOT_ASKED, 0, 1] as const

/** The `flags` of a step. */
export function packFlags({ candidate, decision, decisionSource }: Pick<Step, 'candidate' | 'decision' | 'decisionSource'>): number {
  const source = decisionSource === null ? 0 : 1 + decisionSources.indexOf(decisionSource)
  return (candidate ? 1 : 0) + 2 * decisions.indexOf(decision) + 8 * source
}

/** Steps as objects. Texts and numbers are shared with the columns, not copied. */
export function stepsFromColumns(columns: StepColumns, weaves: readonly WeaveOverview[]): StepOverview[] {
  const weaveIdAt = new Map(weaves.map(({ stepIndex, id }) => [stepIndex, id]))
  const { pInvoke, augmentationCounts } = columns
  let [asked, changed, augmentationCount] = [0, 0, 0]
  return Array.from(columns.tokenIds, (tokenId, index) => {
    const flags = columns.flags[index] ?? 0
    if (augmentationCounts.at[changed] === index) augmentationCount = augmentationCounts.values[changed++] ?? 0
    return {
      index,
      tokenId,
      text: textAt(columns.texts, index),
      logprob: columns.logprobs[index] ?? Number.NaN,
      entropy: columns.entropies[index] ?? Number.NaN,
      candidate: (flags & 1) === 1,
      pInvoke: pInvoke.at[asked] === index ? (pInvoke.values[asked++] ?? null) : null,
      decision: decisions[(flags >> 1) & 3] ?? NOT_ASKED,
      decisionSource: decisionSources[(flags >> 3) - 1] ?? null,
      augmentationCount,
      weaveId: weaveIdAt.get(index) ?? null,
      elapsedMs: { decide: columns.elapsedMs[3 * index] ?? 0, weave: columns.elapsedMs[3 * index + 1] ?? 0, decode: columns.elapsedMs[3 * index + 2] ?? 0 },
      twin: twinAt(columns.twin, index),
    }
  })
}

function twinAt(twin: StepColumns['twin'], index: number): StepOverview['twin'] {
  const kl = twin?.kl[index] ?? Number.NaN
  if (twin === null || Number.isNaN(kl)) return null
  return { tokenId: twin.tokenIds[index] ?? 0, text: textAt(twin.texts, index), logprob: twin.logprobs[index] ?? Number.NaN, kl }
}

function textAt({ distinct, at }: TextColumn, index: number): string {
  return distinct[at[index] ?? 0] ?? ''
}
