/** @file Picks out of a planned model what a training step looks at. Reads no files and opens no session. */
import type { DecoderConfig, MemGenCheckpoint } from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import type { ModelPlan, RoleName } from '../memgen/model-plan.ts'
import { trainedLora } from './memgen-parameters.ts'
import type { TrainedLora } from './training-parameters.ts'
import type { WovenBases } from './weaver-chain.ts'

export interface TrainedBase {
  readonly config: DecoderConfig
  readonly locations: WeightLocations
}

export interface TriggerBase extends TrainedBase {
  readonly lora: TrainedLora
}

/** @param dropout of the adapter's inputs, which PEFT keeps in its configuration and not in the weights */
export function wovenBases(plan: ModelPlan, checkpoint: MemGenCheckpoint, dropout: number): WovenBases {
  return {
    reasoner: baseOf(plan, 'reasoner'),
    weaver: baseOf(plan, 'weaver'),
    latentLengths: checkpoint,
    hasLatentNorm: checkpoint.weaver.promptNorm !== undefined,
    lora: trainedLora('weaver', checkpoint.weaver.adapter, dropout),
  }
}

/** @param dropout as of {@link wovenBases} */
export function triggerBase(plan: ModelPlan, checkpoint: MemGenCheckpoint, dropout: number): TriggerBase {
  return { ...baseOf(plan, 'trigger'), lora: trainedLora('trigger', checkpoint.trigger.adapter, dropout) }
}

function baseOf({ bases }: ModelPlan, role: RoleName): TrainedBase {
  const base = bases.find(({ roles }) => roles.includes(role))
  if (base === undefined) throw new Error(`internal: the model has no ${role}`)
  return base
}
