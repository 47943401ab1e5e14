/**
 * @file RPC room `analysis`: hands the engine what the log holds of a trace and answers with what it computed. It does not know how
 * anything is computed, and changes no record. Whoever stops listening stops the computation.
 */
import type { TraceId, WeaveId } from '../../shared/domain/identifiers.ts'
import type { Trace } from '../../shared/domain/trace.ts'
import type { BlockQuestion, RecordQuestion } from '../engine/protocol.ts'
import { TraceNotFoundError } from '../log/index.ts'
import { recordBefore, resolveChanges, WeaveNotFoundError } from '../sessions/index.ts'
import { auditGates } from './audit-gates.ts'
import type { ServerContext } from './context.ts'
import { procedures } from './procedures.ts'

export const analysisRoom = {
  attention: procedures.analysis.attention.handler(async ({ context, input, signal }) => {
    return context.engine.call('attention', { ...(await blockQuestion(context, input)), maxSteps: input.maxSteps }, { signal })
  }),
  attentionLane: procedures.analysis.attentionLane.handler(async ({ context, input, signal }) => {
    const { question } = await recordQuestion(context, input.traceId)
    return { mass: await context.engine.call('attentionLane', question, { signal }) }
  }),
  logitLens: procedures.analysis.logitLens.handler(async ({ context, input, signal }) => {
    return context.engine.call('logitLens', { ...(await blockQuestion(context, input)), topK: input.topK }, { signal })
  }),
  effect: procedures.analysis.effect.handler(async ({ context, input, signal }) => {
    return context.engine.call('blockEffect', { ...(await blockQuestion(context, input)), topK: input.topK }, { signal })
  }),
  similarity: procedures.analysis.similarity.handler(async ({ context, input, signal }) => {
    return context.engine.call('blockSimilarity', await blockQuestion(context, input), { signal })
  }),
  twin: procedures.analysis.twin.handler(async ({ context, input, signal }) => {
    const { trace, question } = await recordQuestion(context, input.traceId)
    const { config, changes } = trace.header
    return { steps: await context.engine.call('twin', { ...question, config, changes: await resolveChanges(context.log, changes) }, { signal }) }
  }),
  gates: procedures.analysis.gates.handler(({ context, input, signal }) => auditGates(context, input, { signal })),
}

/** The whole record, with its model loaded. Raises TraceNotFoundError, ModelNotFoundError and whatever engine and log raise. */
async function recordQuestion({ log, sessions }: ServerContext, traceId: TraceId): Promise<{ trace: Trace; question: RecordQuestion }> {
  const trace = await log.getTrace(traceId)
  if (trace === undefined) throw new TraceNotFoundError(traceId)
  const { modelId } = trace.header
  await sessions.requireModel(modelId)
  return { trace, question: { modelId, record: recordBefore(trace) } }
}

/** Raises WeaveNotFoundError too. */
async function blockQuestion(context: ServerContext, { traceId, weaveId }: { traceId: TraceId; weaveId: WeaveId }): Promise<BlockQuestion> {
  const { trace, question } = await recordQuestion(context, traceId)
  const weave = trace.weaves.find(({ id }) => id === weaveId)
  if (weave === undefined) throw new WeaveNotFoundError(traceId, weaveId)
  return { ...question, stepIndex: weave.stepIndex }
}
