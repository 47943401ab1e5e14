/**
 * @file What of a MemGen checkpoint is trained, under the reference's parameter names, and the checkpoint that a set of such parameters
 * makes. Knows no graph and no file.
 */
import type { LatentNorm, LinearTensors, LoraAdapter, LoraModule, MemGenCheckpoint } from '../checkpoint/index.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import type { ParameterEntry, ParameterSet } from './parameter-set.ts'
import type { TrainedLora } from './training-parameters.ts'
import { queryParameterNames } from './weaver-chain.ts'
import { projectionNames } from './weaver-graph.ts'

type Part = 'weaver' | 'trigger'

/** The name of an adapter's half in the reference's `named_parameters()`. */
export function loraName(part: Part, module: string, half: 'A' | 'B'): string {
  return `${part}.model.base_model.model.model.${module}.lora_${half}.${part}.weight`
}

export const outputLayerNames = { weight: 'trigger.output_layer.weight', bias: 'trigger.output_layer.bias' } as const

/** How an adapter takes part in training. */
export function trainedLora(part: Part, adapter: LoraAdapter | undefined, dropout: number): TrainedLora {
  const scalings = new Map([...(adapter?.modules ?? [])].map(([module, { scaling }]) => [module, scaling]))
  return { scalings, hasDropout: dropout > 0, nameOf: (module, half) => loraName(part, module, half) }
}

/** Query latents, their norms and scales, both maps and the adapter: all that the weaver's stages train (docs/REFERENCE.md 5.8). */
export function weaverParameters({ weaver, projections }: MemGenCheckpoint): ParameterEntry[] {
  const kinds = [
    ['prompt', weaver.promptQueryLatents, weaver.promptNorm],
    ['inference', weaver.inferenceQueryLatents, weaver.inferenceNorm],
  ] as const
  return [
    ...kinds.flatMap(([kind, latents, norm]) => queryEntries(kind, latents, norm)),
    ...linearEntries(projectionNames.toWeaver, projections.reasonerToWeaver),
    ...linearEntries(projectionNames.toReasoner, projections.weaverToReasoner),
    ...adapterEntries('weaver', weaver.adapter),
  ]
}

/** The adapter and the head: all that the trigger's stage trains. Empty for the constant trigger. */
export function triggerParameters({ trigger }: MemGenCheckpoint): ParameterEntry[] {
  return trigger.outputLayer === undefined ? [] : [...linearEntries(outputLayerNames, trigger.outputLayer), ...adapterEntries('trigger', trigger.adapter)]
}

/** The checkpoint with the parameters that the set holds in place of its own; others stay. */
export function withParameters(checkpoint: MemGenCheckpoint, parameters: ParameterSet): MemGenCheckpoint {
  const read = (name: string, tensor: HostTensor): HostTensor => (parameters.has(name) ? hostTensor(tensor.shape, parameters.view(name).slice()) : tensor)
  const linear = (names: { weight: string; bias: string }, { weight, bias }: LinearTensors): LinearTensors => ({
    weight: read(names.weight, weight),
    bias: read(names.bias, bias),
  })
  const norm = (kind: 'prompt' | 'inference', given: LatentNorm | undefined): LatentNorm | undefined => {
    const names = queryParameterNames(kind)
    return given && { ...linear({ weight: names.normWeight, bias: names.normBias }, given), scale: parameters.has(names.scale) ? (parameters.view(names.scale)[0] ?? 0) : given.scale }
  }
  const adapter = (part: Part): LoraAdapter | undefined => withAdapterParameters(part, checkpoint[part].adapter, read)
  const [promptNorm, inferenceNorm] = [norm('prompt', checkpoint.weaver.promptNorm), norm('inference', checkpoint.weaver.inferenceNorm)]
  return {
    ...checkpoint,
    weaver: {
      adapter: adapter('weaver'),
      promptQueryLatents: read(queryParameterNames('prompt').latents, checkpoint.weaver.promptQueryLatents),
      inferenceQueryLatents: read(queryParameterNames('inference').latents, checkpoint.weaver.inferenceQueryLatents),
      ...(promptNorm ? { promptNorm } : {}),
      ...(inferenceNorm ? { inferenceNorm } : {}),
    },
    trigger: { adapter: adapter('trigger'), ...(checkpoint.trigger.outputLayer ? { outputLayer: linear(outputLayerNames, checkpoint.trigger.outputLayer) } : {}) },
    projections: {
      reasonerToWeaver: linear(projectionNames.toWeaver, checkpoint.projections.reasonerToWeaver),
      weaverToReasoner: linear(projectionNames.toReasoner, checkpoint.projections.weaverToReasoner),
    },
  }
}

function queryEntries(kind: 'prompt' | 'inference', latents: HostTensor, norm: LatentNorm | undefined): ParameterEntry[] {
  const names = queryParameterNames(kind)
  const entries: ParameterEntry[] = [{ name: names.latents, shape: latents.shape, data: latents.data }]
  if (norm === undefined) return entries
  return [...entries, ...linearEntries({ weight: names.normWeight, bias: names.normBias }, norm), { name: names.scale, shape: [1], data: Float32Array.of(norm.scale) }]
}

function linearEntries(names: { readonly weight: string; readonly bias: string }, { weight, bias }: LinearTensors): ParameterEntry[] {
  return [
    { name: names.weight, shape: weight.shape, data: weight.data },
    { name: names.bias, shape: bias.shape, data: bias.data },
  ]
}

function adapterEntries(part: Part, adapter: LoraAdapter | undefined): ParameterEntry[] {
  return [...(adapter?.modules ?? [])].flatMap(([module, { a, b }]) => [
    { name: loraName(part, module, 'A'), shape: a.shape, data: a.data },
    { name: loraName(part, module, 'B'), shape: b.shape, data: b.data },
  ])
}

function withAdapterParameters(part: Part, adapter: LoraAdapter | undefined, read: (name: string, tensor: HostTensor) => HostTensor): LoraAdapter | undefined {
  if (adapter === undefined) return undefined
  const modules = [...adapter.modules].map(([module, { a, b, scaling }]): [string, LoraModule] => [
    module,
    { a: read(loraName(part, module, 'A'), a), b: read(loraName(part, module, 'B'), b), scaling },
  ])
  return { ...adapter, modules: new Map(modules) }
}
