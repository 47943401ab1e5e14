/** @file A loaded model with what its analysis needs besides: opened when it is first asked for, kept as long as the model. */
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { Probe } from './probe.ts'

export interface ProbedModel {
  readonly model: MemGenModel
  readonly probe: Probe
}

/** Opens a probe on the reasoner's weights and leaves its release to the model. */
export async function probeModel(model: MemGenModel): Promise<ProbedModel> {
  const probe = await Probe.open(model.config, model.reasonerLocations)
  model.onRelease(() => probe.release())
  return { model, probe }
}

/** Makes something at most once for each model; a failure is not kept, so the next call tries again. */
export function oncePerModel<Made>(make: (model: MemGenModel) => Promise<Made>): (model: MemGenModel) => Promise<Made> {
  const made = new WeakMap<MemGenModel, Promise<Made>>()
  return (model) => {
    const known = made.get(model)
    if (known !== undefined) return known
    const making = make(model)
    made.set(model, making)
    making.catch(() => made.delete(model))
    return making
  }
}
