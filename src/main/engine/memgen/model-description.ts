/** @file A model in memory in the words the views show, with what a careful user should know of it. It loads nothing. */
import type { LoadedModel, Placement } from '../../../shared/domain/model.ts'
import { contextLength, samplesTheTail } from '../checkpoint/index.ts'
import { elementCount } from '../tensor/dtype.ts'
import type { ModelPlan } from './model-plan.ts'
import type { StandingBase } from './standing-base.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface DescribedParts {
  readonly plan: ModelPlan
  readonly placement: Placement
  readonly vocabulary: Vocabulary
  readonly bases: readonly StandingBase[]
  readonly memoryUse: LoadedModel['memory']
}

export function describeModel({ plan, placement, vocabulary, bases, memoryUse }: DescribedParts, delimiters: readonly string[]): LoadedModel {
  const { config } = plan.reasoner
  const { checkpoint } = plan
  return {
    family: config.modelType,
    ...placement,
    memory: memoryUse,
    fallback: null, // the host asks for another device where one fails
    hiddenSize: config.hiddenSize,
    numHiddenLayers: config.numHiddenLayers,
    vocabSize: config.vocabSize,
    maxPositionEmbeddings: contextLength(config),
    parameterCount: [...plan.reasonerLocations.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0),
    hasMemory: checkpoint !== undefined,
    variant: checkpoint?.variant ?? null,
    promptLatentsLen: checkpoint?.promptLatentsLen ?? 0,
    inferenceLatentsLen: checkpoint?.inferenceLatentsLen ?? 0,
    maxInferenceAugNum: checkpoint?.maxInferenceAugNum ?? 0,
    triggerActive: plan.hasTrigger && (checkpoint?.triggerActive ?? false),
    baseCopies: plan.bases.length,
    delimiters: [...delimiters],
    gates: ['text', 'token-id'],
    vocabularyNormQuantiles: [...vocabulary.normQuantiles],
    warnings: [...warnings(plan), ...bases.flatMap(({ warning }) => warning ?? [])],
  }
}

function warnings({ reasoner, checkpoint, hasTrigger, bases }: ModelPlan): string[] {
  const found: string[] = []
  if (reasoner.generationConfig !== undefined && samplesTheTail(reasoner.generationConfig)) {
    found.push('The reference samples the tail of a greedy generation with this generation_config.json; here it stays greedy.')
  }
  if (checkpoint !== undefined && !(checkpoint.triggerActive && hasTrigger)) {
    found.push('The trigger of this checkpoint is a constant that always inserts: its 0.73 is no probability.')
  }
  if (checkpoint?.variant === 'latent-memory-model') {
    found.push('An earlier checkpoint (LatentMemoryModel): prompt latents are always inserted, and the queries have no LayerNorm or scale.')
  }
  if (bases.length > 1) {
    found.push(`${bases.length} bases are in memory, since the roles do not share one: ${bases.map(({ roles }) => roles.join(' and ')).join('; ')}.`)
  }
  if (reasoner.config.ropeScaling.type === 'dynamic') {
    found.push('Dynamic rotary scaling: beyond the trained length each insertion and question reads the whole context again, and a step repeated after going back may differ.')
  }
  return found
}
