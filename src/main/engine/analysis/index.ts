/** @file The engine's answers to questions about recorded generations and about vectors. It keeps what a model needs for them, and no record. */
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import type { EngineCallName, EngineCalls } from '../protocol.ts'
import { blockEffect } from './block-effect.ts'
import { blockSimilarity, randomNearest } from './block-similarity.ts'
import { auditGates } from './gate-audit.ts'
import { attentionLane, attentionToBlock } from './latent-attention.ts'
import { logitLens } from './logit-lens.ts'
import type { ReadOptions } from './probe.ts'
import { oncePerModel, probeModel } from './probed-model.ts'
import { twinOfRecord } from './recorded-twin.ts'
import { embeddingMeans, nearestEntries } from './vocabulary-questions.ts'

export interface AnalysisContext {
  readonly signal: AbortSignal
  readonly onProgress: (stage: string, fraction: number) => void
}

type AnalysisCallName = Extract<EngineCallName, 'attention' | 'attentionLane' | 'logitLens' | 'blockEffect' | 'blockSimilarity' | 'twin' | 'auditGates' | 'nearestEntries' | 'embeddingMeans'>

export type AnalysisHandlers = {
  [Name in AnalysisCallName]: (request: EngineCalls[Name]['request'], context: AnalysisContext) => Promise<EngineCalls[Name]['response']>
}

/** Handlers for the calls of protocol.ts that compute something about a record; a cancelled one stops between two parts of its context. */
export function analysisHandlers(loadedModel: (modelId: ModelId) => MemGenModel): AnalysisHandlers {
  const probeOf = oncePerModel(probeModel)
  const yardstickOf = oncePerModel(randomNearest)
  const probed = ({ modelId }: { modelId: ModelId }) => probeOf(loadedModel(modelId))
  return {
    attention: async (request, context) => attentionToBlock(await probed(request), request, readOptions(context)),
    attentionLane: async (request, context) => attentionLane(await probed(request), request, readOptions(context)),
    logitLens: async (request, context) => logitLens(await probed(request), request, readOptions(context)),
    blockEffect: async (request, context) => blockEffect(await probed(request), request, readOptions(context)),
    async blockSimilarity(request) {
      const model = loadedModel(request.modelId)
      return blockSimilarity(model, request, await yardstickOf(model))
    },
    twin: async (request, context) => twinOfRecord(await probed(request), request, readOptions(context)),
    auditGates: async ({ modelId, ...ids }) => auditGates(loadedModel(modelId), ids),
    nearestEntries: async ({ modelId, vectors, topK }) => nearestEntries(loadedModel(modelId), vectors, topK),
    embeddingMeans: async ({ modelId, tokenIds }) => embeddingMeans(loadedModel(modelId), tokenIds),
  }
}

function readOptions({ signal, onProgress }: AnalysisContext): ReadOptions {
  return {
    signal,
    onProgress: (fraction) => {
      onProgress('reading the trace', fraction)
    },
  }
}
