/** @file A generation from prompt to finish (docs/DESIGN.md 5); steps and weaves are read apart from this header. */
import { z } from 'zod'
import { appliedChangeSchema, traceParentSchema } from './branch.ts'
import { certificateSchema } from './certificate.ts'
import { chatMessageSchema } from './chat.ts'
import { evaluationRunIdSchema } from './experiment-ids.ts'
import { modelIdSchema, runIdSchema, traceIdSchema } from './identifiers.ts'
import { placementSchema } from './model.ts'
import { runConfigSchema } from './run-config.ts'
import { stepSchema } from './step.ts'
import { weaveSchema } from './weave.ts'

/** Which generation of an evaluation. */
export const resultOriginSchema = z.object({ runId: evaluationRunIdSchema, sampleId: z.string(), repeat: z.int().nonnegative(), turn: z.int().nonnegative() })
export type ResultOrigin = z.infer<typeof resultOriginSchema>

/** The name under which a turn's draws are made: each turn of a sample has streams of its own. */
export function drawsOfTurn({ sampleId, turn }: Pick<ResultOrigin, 'sampleId' | 'turn'>): string {
  return turn === 0 ? sampleId : `${sampleId}/turn-${turn}`
}

export const finishSchema = z.enum(['eos', 'length', 'stopped', 'error'])
export type Finish = z.infer<typeof finishSchema>

/** What the user gave: a conversation, or text taken as it stands without the chat template. */
export const promptSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('messages'), messages: z.array(chatMessageSchema).min(1) }),
  z.object({ kind: z.literal('text'), text: z.string() }),
])
export type Prompt = z.infer<typeof promptSchema>

export const promptTokenSchema = z.object({
  tokenId: z.int().nonnegative(),
  text: z.string(),
  /** L2 norm of the token's row in the reasoner's embedding table. */
  embeddingNorm: z.number(),
})
export type PromptToken = z.infer<typeof promptTokenSchema>

export const traceHeaderSchema = z.object({
  id: traceIdSchema,
  runId: runIdSchema,
  modelId: modelIdSchema,
  modelName: z.string(),
  prompt: promptSchema,
  renderedPrompt: z.string(),
  config: runConfigSchema,
  /** Where it was forked off; null for a generation from the prompt. All branches of one beginning share a run. */
  parent: traceParentSchema.nullable().default(null),
  /** Everything that makes it differ from a plain generation with `config`, in order of steps; the parent's own changes first. */
  changes: z.array(appliedChangeSchema).default([]),
  /** The result of an evaluation that this is a replay of; its draws are that result's. null for a generation by hand. */
  origin: resultOriginSchema.nullable().default(null),
  /** What computed it first; null for traces of before this was recorded. */
  placement: placementSchema.nullable().default(null),
  /** The latest re-run from the record; null where none was made. */
  certificate: certificateSchema.nullable().default(null),
  /** null while the generation can still go on. */
  finish: finishSchema.nullable(),
  error: z.string().nullable(),
  stepCount: z.int().nonnegative(),
  weaveCount: z.int().nonnegative(),
  /** First characters of the generated text, for lists. */
  preview: z.string(),
  /** Its last characters: branches begin alike. */
  ending: z.string(),
  /** Unix milliseconds, UTC. */
  createdAt: z.int(),
  updatedAt: z.int(),
})
export type TraceHeader = z.infer<typeof traceHeaderSchema>

export const traceSchema = z.object({
  header: traceHeaderSchema,
  promptTokens: z.array(promptTokenSchema),
  steps: z.array(stepSchema),
  weaves: z.array(weaveSchema),
})
export type Trace = z.infer<typeof traceSchema>
