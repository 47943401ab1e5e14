/** @file RPC room `analysis`: what can be computed about a recorded trace. It loads the model, leaves the record as it is, and does not know how anything is computed. */
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { blockEffectSchema, blockSimilaritySchema, gateAuditSchema, latentAttentionSchema, logitLensSchema } from '../domain/analysis.ts'
import { traceIdSchema, weaveIdSchema } from '../domain/identifiers.ts'
import { twinStepSchema } from '../domain/step.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, TRACE_NOT_FOUND } = declaredErrors
const analysis = oc.errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, TRACE_NOT_FOUND })
const block = z.object({ traceId: traceIdSchema, weaveId: weaveIdSchema })

export const analysisContract = {
  /** Attention of the positions after a block, at most `maxSteps` of them, to its latents. */
  attention: analysis.input(block.extend({ maxSteps: z.int().min(1).max(4096).default(512) })).output(latentAttentionSchema),
  /** For every step the attention its position pays to all latents before it, averaged over layers and heads, 0 to 1. */
  attentionLane: analysis.input(z.object({ traceId: traceIdSchema })).output(z.object({ mass: z.instanceof(Float32Array<ArrayBufferLike>) })),
  logitLens: analysis.input(block.extend({ topK: z.int().min(1).max(20).default(5) })).output(logitLensSchema),
  effect: analysis.input(block.extend({ topK: z.int().min(1).max(50).default(10) })).output(blockEffectSchema),
  similarity: analysis.input(block).output(blockSimilaritySchema),
  /** The vanilla twin of every recorded step, computed afterwards. */
  twin: analysis.input(z.object({ traceId: traceIdSchema })).output(z.object({ steps: z.array(twinStepSchema) })),
  /** What both delimiter gates say of every position of these traces, or of every trace of a run. */
  gates: analysis
    .input(z.union([z.object({ traceIds: z.array(traceIdSchema).min(1).max(2000) }), z.object({ runId: z.string() })]))
    .output(gateAuditSchema),
}
