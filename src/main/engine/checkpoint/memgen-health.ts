/** @file Checks of a MemGen checkpoint against the base models it is used with. Reads no base weights but embedding norms it is given. */
import type { HealthCheck } from '../../../shared/domain/health.ts'
import type { HostTensor } from '../tensor/host-tensor.ts'
import type { LoraAdapter } from './adapter.ts'
import { finiteCheck, listNames } from './base-health.ts'
import { layerLinearShapes, type DecoderConfig } from './decoder-config.ts'
import { CheckpointFormatError, showShape } from './errors.ts'
import { fileOf, verifyMemGenCheckpoint, type MemGenBases, type MemGenCheckpoint } from './memgen-checkpoint.ts'
import { countNonFinite, isAllZero, normaliseRows, quantiles, rowNorms, testLinearInitialisation } from './tensor-statistics.ts'
import type { NonFiniteTensor } from './weight-scan.ts'

/**
 * Query latents this many times longer or shorter than ordinary inputs of the weaver are suspicious: LayerNorm and scale put trained
 * ones within one order of magnitude.
 */
const suspiciousNormRatio = 30

/** All checks of a readable checkpoint. `embeddingNorms`: L2 norms of the rows of the weaver's embedding table. */
export function checkMemGen(checkpoint: MemGenCheckpoint, bases: MemGenBases, embeddingNorms: readonly number[]): HealthCheck[] {
  return [
    checkVariant(checkpoint),
    checkShapes(checkpoint, bases),
    checkUnused(checkpoint),
    checkAdapter('weaver', checkpoint.weaver.adapter, bases.weaver),
    ...(checkpoint.trigger.outputLayer ? [checkAdapter('trigger', checkpoint.trigger.adapter, bases.trigger)] : []),
    checkReferenceLoader(checkpoint),
    checkTriggerActive(checkpoint),
    ...checkTriggerHead(checkpoint),
    checkTriggerVocabulary(bases),
    ...checkLatentScales(checkpoint),
    checkLatentNorms(checkpoint, embeddingNorms),
    finiteCheck('checkpoint', 'The checkpoint’s own tensors are all finite numbers', findOwnNonFinite(checkpoint)),
  ]
}

/** Every tensor of the checkpoint outside base models, by a readable name. */
export function ownTensors({ weaver, trigger, projections }: MemGenCheckpoint): Map<string, HostTensor> {
  const linears = Object.entries({
    reasoner_to_weaver: projections.reasonerToWeaver,
    weaver_to_reasoner: projections.weaverToReasoner,
    prompt_latent_ln: weaver.promptNorm,
    inference_latent_ln: weaver.inferenceNorm,
    output_layer: trigger.outputLayer,
  })
  const tensors = new Map<string, HostTensor>([
    ['prompt_query_latents', weaver.promptQueryLatents],
    ['inference_query_latents', weaver.inferenceQueryLatents],
  ])
  for (const [name, linear] of linears) {
    if (linear) tensors.set(`${name}.weight`, linear.weight).set(`${name}.bias`, linear.bias)
  }
  for (const [part, adapter] of [['weaver', weaver.adapter], ['trigger', trigger.adapter]] as const) {
    for (const [module, { a, b }] of adapter?.modules ?? []) {
      tensors.set(`${part}.${module}.lora_A`, a).set(`${part}.${module}.lora_B`, b)
    }
  }
  return tensors
}

/** The checkpoint's own tensors and scales that hold NaN or infinite values. */
export function findOwnNonFinite(checkpoint: MemGenCheckpoint): NonFiniteTensor[] {
  const tensors = [...ownTensors(checkpoint)].map(([name, tensor]) => ({ name, file: fileOf(checkpoint, tensor), count: countNonFinite(tensor.data) }))
  const scales = latentScales(checkpoint).map(({ name, file, scale }) => ({ name, file, count: Number.isFinite(scale) ? 0 : 1 }))
  return [...tensors, ...scales].filter(({ count }) => count > 0)
}

/** The scalars behind the LayerNorms of the query latents (docs/REFERENCE.md 1.4); none in the earlier version. */
function latentScales(checkpoint: MemGenCheckpoint): { name: string; file: string; scale: number }[] {
  const { promptNorm, inferenceNorm } = checkpoint.weaver
  return Object.entries({ prompt_latent_scale: promptNorm, inference_latent_scale: inferenceNorm }).flatMap(([name, norm]) =>
    // Norm and scale are read from one state dict.
    norm === undefined ? [] : [{ name, file: fileOf(checkpoint, norm.weight), scale: norm.scale }],
  )
}

function checkVariant(checkpoint: MemGenCheckpoint): HealthCheck {
  const isCurrent = checkpoint.variant === 'memgen'
  const norms = checkpoint.weaver.promptNorm ? 'query latents are normalised and scaled' : 'query latents enter as they are'
  const latents = `${checkpoint.promptLatentsLen} prompt and ${checkpoint.inferenceLatentsLen} inference latents`
  const sizes = `${latents}, at most ${checkpoint.maxInferenceAugNum} insertions while decoding`
  return {
    id: 'checkpoint.variant',
    title: 'The checkpoint’s layout is known',
    verdict: 'ok',
    detail: `${isCurrent ? 'MemGen as the reference saves it today' : 'The earlier LatentMemoryModel, saved whole'}: ${sizes}; ${norms}.`,
    values: {
      maxPromptAugNum: checkpoint.maxPromptAugNum,
      promptLatentsLen: checkpoint.promptLatentsLen,
      maxInferenceAugNum: checkpoint.maxInferenceAugNum,
      inferenceLatentsLen: checkpoint.inferenceLatentsLen,
      reasonerHiddenSize: checkpoint.projections.weaverToReasoner.weight.shape[0]!,
      weaverHiddenSize: checkpoint.weaver.promptQueryLatents.shape[1]!,
    },
  }
}

function checkShapes(checkpoint: MemGenCheckpoint, bases: MemGenBases): HealthCheck {
  const { reasonerToWeaver, weaverToReasoner } = checkpoint.projections
  const base = { id: 'projections.shapes', title: 'Projections, latents, head and adapters fit the base models' }
  try {
    verifyMemGenCheckpoint(checkpoint, bases)
  } catch (error) {
    if (!(error instanceof CheckpointFormatError)) throw error
    return { ...base, verdict: 'error', detail: error.message }
  }
  const detail = `Reasoner to weaver ${showShape(reasonerToWeaver.weight.shape)}, weaver to reasoner ${showShape(weaverToReasoner.weight.shape)}.`
  return { ...base, verdict: 'ok', detail }
}

function checkUnused({ unusedTensors }: MemGenCheckpoint): HealthCheck {
  const isClean = unusedTensors.length === 0
  return {
    id: 'checkpoint.unused',
    title: 'Every tensor of the checkpoint is used',
    verdict: isClean ? 'ok' : 'warning',
    detail: isClean ? 'No tensor is left over.' : `Not used: ${listNames(unusedTensors)}.`,
    values: { unused: [...unusedTensors] },
  }
}

function checkAdapter(part: 'weaver' | 'trigger', adapter: LoraAdapter | undefined, config: DecoderConfig): HealthCheck {
  const base = { id: `${part}.adapter`, title: `The ${part}’s LoRA adapter is there and trained` }
  if (!adapter) return { ...base, verdict: 'warning', detail: `No adapter was found: the ${part} is its base model unchanged.` }
  const untrained = [...adapter.modules].filter(([, { b }]) => isAllZero(b.data)).map(([name]) => name)
  const missing = targetedModules(adapter, config).filter((name) => !adapter.modules.has(name))
  const values = { modules: adapter.modules.size, rank: adapter.rank, scaling: adapter.scaling, untrained, missing }
  const summary = `${adapter.modules.size} modules, rank ${adapter.rank}, scaling ${adapter.scaling}.`
  if (untrained.length === adapter.modules.size) {
    return { ...base, verdict: 'warning', detail: `${summary} Every lora_B is zero, its initial value: the adapter does nothing.`, values }
  }
  const problems = [
    untrained.length > 0 ? `lora_B is zero, its initial value, in ${listNames(untrained)}.` : '',
    missing.length > 0 ? `target_modules also names ${listNames(missing)}, which the file lacks.` : '',
  ].filter(Boolean)
  return { ...base, verdict: problems.length > 0 ? 'warning' : 'ok', detail: [summary, ...problems].join(' '), values }
}

/** The modules that target_modules selects: those whose name ends with one that it lists (docs/REFERENCE.md 1.9). */
function targetedModules({ targetModules }: LoraAdapter, config: DecoderConfig): string[] {
  const isTarget = (name: string) => targetModules.some((target) => name === target || name.endsWith(`.${target}`))
  const kinds = Object.keys(layerLinearShapes(config))
  return Array.from({ length: config.numHiddenLayers }, (_, layer) => kinds.map((kind) => `layers.${layer}.${kind}`)).flat().filter(isTarget)
}

function checkReferenceLoader({ variant, weaver, trigger }: MemGenCheckpoint): HealthCheck {
  const isAffected = variant === 'memgen' && (weaver.adapter ?? trigger.adapter) !== undefined
  return {
    id: 'adapters.in-effect',
    title: 'The adapters are in effect here',
    verdict: 'ok',
    detail: isAffected
      ? 'They are. Note that the reference’s own from_pretrained (with PEFT 0.17.1) leaves both adapters at their initial value, ' +
        'so numbers it printed for this folder may be those of an untrained weaver and trigger.'
      : 'Nothing about this layout leaves an adapter out.',
  }
}

function checkTriggerActive({ triggerActive, trigger }: MemGenCheckpoint): HealthCheck {
  const base = { id: 'trigger.active', title: 'The trigger decides by its input' }
  if (!triggerActive) {
    return { ...base, verdict: 'warning', detail: 'The trigger is inactive: it always answers “insert”, at every delimiter up to the limit.' }
  }
  const { weight, bias } = trigger.outputLayer ?? {}
  const width = weight?.shape[1] ?? 0
  const isConstant = weight?.data.subarray(0, width).every((value, i) => value === weight.data[width + i]) ?? true
  if (!isConstant) return { ...base, verdict: 'ok', detail: 'Its two output rows differ, so the answer depends on the text.' }
  const answer = (bias?.data[1] ?? 0) > (bias?.data[0] ?? 0) ? 'insert' : 'do not insert'
  return { ...base, verdict: 'warning', detail: `Both output rows are equal: it answers “${answer}” whatever the text is.` }
}

function checkTriggerHead({ trigger }: MemGenCheckpoint): HealthCheck[] {
  if (!trigger.outputLayer) return []
  const { weight, bias } = trigger.outputLayer
  // NaN has no place in a distribution; the check for finite numbers tells of it.
  if (countNonFinite(weight.data) + countNonFinite(bias.data) > 0) return []
  const { bound, largest, statistic, looksInitial } = testLinearInitialisation(weight, bias)
  const found = `Largest value ${largest.toPrecision(3)}, PyTorch’s initial bound ${bound.toPrecision(3)}`
  return [
    {
      id: 'trigger.head',
      title: 'The trigger’s output layer was trained',
      verdict: looksInitial ? 'warning' : 'ok',
      detail: looksInitial
        ? `${found}, and the values are spread evenly within it: this layer cannot be told from a freshly initialised one, ` +
          'its decisions may be arbitrary.'
        : `${found}: the values are not those of a freshly initialised layer.`,
      values: { bound, largest, statistic },
    },
  ]
}

/** Models of one family pad their vocabulary differently, so a smaller table is no error by itself (docs/REFERENCE.md 1.1). */
function checkTriggerVocabulary({ reasoner, trigger }: MemGenBases): HealthCheck {
  const holds = trigger.vocabSize >= reasoner.vocabSize
  const sizes = `The reasoner has ${reasoner.vocabSize} token ids, the trigger ${trigger.vocabSize}`
  return {
    id: 'trigger.vocabulary',
    title: 'The trigger knows every token id of the reasoner',
    verdict: holds ? 'ok' : 'warning',
    detail: holds ? `${sizes}.` : `${sizes}: it must have been trained on the same tokenizer, and an id beyond its table cannot be read.`,
  }
}

function checkLatentScales(checkpoint: MemGenCheckpoint): HealthCheck[] {
  const scales = latentScales(checkpoint)
  if (scales.length === 0) return []
  const zero = scales.filter(({ scale }) => scale === 0)
  const places = zero.map(({ name, file }) => `${name} of ${file}`)
  return [
    {
      id: 'weaver.latent-scales',
      title: 'The scales of the query latents are not zero',
      verdict: zero.length === 0 ? 'ok' : 'error',
      detail:
        zero.length === 0
          ? `${scales.map(({ name, scale }) => `${name} ${scale.toPrecision(3)}`).join(', ')}.`
          : `Zero: ${listNames(places)}. It turns all of its query latents into zeros, whatever was trained.`,
      values: { zero: zero.map(({ name }) => name), files: zero.map(({ file }) => file) },
    },
  ]
}

function checkLatentNorms({ weaver }: MemGenCheckpoint, embeddingNorms: readonly number[]): HealthCheck {
  const width = weaver.promptQueryLatents.shape[1]!
  const normsOf = (latents: HostTensor, norm: typeof weaver.promptNorm) =>
    rowNorms(norm ? normaliseRows(latents, norm) : latents.data, width).filter(Number.isFinite)
  const prompt = quantiles(normsOf(weaver.promptQueryLatents, weaver.promptNorm))
  const inference = quantiles(normsOf(weaver.inferenceQueryLatents, weaver.inferenceNorm))
  const embedding = quantiles(embeddingNorms.filter(Number.isFinite))
  const usual = embedding[3] ?? 0
  const median = (values: readonly number[]) => values[3] ?? usual
  const ratios = [median(prompt), median(inference)].map((value) => value / usual)
  const isUsual = ratios.every((ratio) => ratio < suspiciousNormRatio && ratio > 1 / suspiciousNormRatio)
  const shown = (value: number) => value.toPrecision(3)
  return {
    id: 'weaver.latent-norms',
    title: 'Query latents have the length of ordinary inputs',
    verdict: isUsual ? 'ok' : 'warning',
    detail: `Median norm ${shown(median(prompt))} (prompt) and ${shown(median(inference))} (inference), token embeddings ${shown(usual)}.`,
    values: { promptNormQuantiles: prompt, inferenceNormQuantiles: inference, embeddingNormQuantiles: embedding },
  }
}
