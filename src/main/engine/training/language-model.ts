/**
 * @file The reasoner itself in training: all of it, or a LoRA on it, which is then merged into its weights. Knows no loop and no memory.
 */
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainingSample } from '../../../shared/domain/training-event.ts'
import { decoderConfigFromJson, expectedTensors, readBaseModel, readTensor, writeAdapter, writeSafetensors, type DecoderConfig, type LoraAdapter, type TensorLocation } from '../checkpoint/index.ts'
import { writeDirectoryAtomically } from '../checkpoint/atomic-directory.ts'
import { elementCount } from '../tensor/dtype.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import { freshAdapter, SeededTensors } from './fresh-checkpoint.ts'
import { drawBaseWeights } from './initial-weights.ts'
import { LanguageModelStep } from './language-model-step.ts'
import type { LossColumns } from './loss-feeds.ts'
import { ParameterSet, type ParameterEntry } from './parameter-set.ts'
import type { SupervisedModel } from './sft-task.ts'
import type { StepOptions, StepResult } from './step-result.ts'
import type { TrainingPass } from './supervised-rows.ts'
import { readBaseConfig } from './training-model.ts'
import type { TrainedLora } from './training-parameters.ts'

/** transformers' default where the configuration does not say. */
const DEFAULT_INITIALIZER_RANGE = 0.02

/** PEFT's adapter name where nobody gives one. */
const ADAPTER_NAME = 'default'

interface ReasonerParts {
  readonly directory: string
  readonly config: DecoderConfig
  readonly locations: ReadonlyMap<string, TensorLocation>
  /** Present when a LoRA is trained on frozen weights. */
  readonly adapter: LoraAdapter | undefined
}

export class LanguageModel implements SupervisedModel {
  readonly parameters: ParameterSet
  readonly #parts: ReasonerParts
  readonly #step: LanguageModelStep

  private constructor(parts: ReasonerParts, parameters: ParameterSet, step: LanguageModelStep) {
    this.#parts = parts
    this.parameters = parameters
    this.#step = step
  }

  static async open({ model, seed }: Pick<TrainingConfig, 'model' | 'seed'>): Promise<LanguageModel> {
    const parts = model.weightInit === 'random' ? unwrittenParts(model.reasonerDir) : storedParts(model, seed)
    const { adapter, config, locations } = parts
    const step = await LanguageModelStep.create(config, locations, adapter === undefined ? { trainsBase: true } : { lora: trainedLora(adapter, model.reasonerLora?.loraDropout ?? 0) })
    return new LanguageModel(parts, ParameterSet.from(initialEntries(parts, model.weightInit, seed)), step)
  }

  run(passes: readonly TrainingPass[], parameters: ParameterSet, columns: LossColumns, options?: StepOptions): Promise<StepResult> {
    return this.#step.run(passes, parameters, columns, options)
  }

  hasGradient(): boolean {
    return true
  }

  /** The weights are the graph's constants in decoding, so sampling would need a model of its own. */
  drawSamples(): Promise<readonly TrainingSample[]> {
    return Promise.resolve([])
  }

  /** A base model's folder; a LoRA is merged into the weights and kept beside them. */
  save(directory: string): void {
    const { directory: source, adapter } = this.#parts
    writeDirectoryAtomically(directory, (partial) => {
      for (const name of readdirSync(source)) if (isTokenizerFile(name)) copyFileSync(join(source, name), join(partial, name))
      const config = readBaseConfig(source)
      // Newer versions of transformers look at `dtype` first.
      const dtypes = { torch_dtype: 'float32', ...('dtype' in config ? { dtype: 'float32' } : {}) }
      writeFileSync(join(partial, 'config.json'), `${JSON.stringify({ ...config, ...dtypes }, null, 2)}\n`)
      if (adapter !== undefined) writeAdapter(join(partial, 'adapter'), this.#presentAdapter(adapter), source)
      writeSafetensors(join(partial, 'model.safetensors'), this.#weights())
    })
  }

  release(): Promise<void> {
    return this.#step.release()
  }

  #weights(): Map<string, HostTensor> {
    const { adapter, config, locations } = this.#parts
    if (adapter === undefined) return new Map(this.parameters.list().map(({ name, shape }) => [name, hostTensor(shape, this.parameters.view(name))]))
    const weights = new Map<string, HostTensor>()
    for (const name of expectedTensors(config).keys()) {
      const location = locations.get(name)
      if (location !== undefined) weights.set(name, readTensor(location))
    }
    for (const [module, { a, b, scaling }] of this.#presentAdapter(adapter).modules) merge(weights.get(`model.${module}.weight`), a, b, scaling)
    return weights
  }

  #presentAdapter(adapter: LoraAdapter): LoraAdapter {
    const read = (module: string, half: 'A' | 'B', { shape }: HostTensor): HostTensor => hostTensor(shape, this.parameters.view(loraName(module, half)).slice())
    const modules = [...adapter.modules].map(([module, { a, b, scaling }]) => [module, { a: read(module, 'A', a), b: read(module, 'B', b), scaling }] as const)
    return { ...adapter, modules: new Map(modules) }
  }
}

/** What a base model's folder holds besides configuration and weights. */
function isTokenizerFile(name: string): boolean {
  return /^(?:tokenizer.*|special_tokens_map|added_tokens|generation_config|vocab)\.json$|^(?:merges\.txt|tokenizer\.model|chat_template\.jinja(?:2)?)$/.test(name)
}

function loraName(module: string, half: 'A' | 'B'): string {
  return `base_model.model.model.${module}.lora_${half}.${ADAPTER_NAME}.weight`
}

function trainedLora({ modules }: LoraAdapter, dropout: number): TrainedLora {
  return { scalings: new Map([...modules].map(([module, { scaling }]) => [module, scaling])), hasDropout: dropout > 0, nameOf: loraName }
}

function storedParts({ reasonerDir, reasonerLora }: TrainingConfig['model'], seed: number): ReasonerParts {
  const { config, weights } = readBaseModel(reasonerDir)
  const adapter = reasonerLora === null ? undefined : freshAdapter(reasonerDir, 'reasoner', config, reasonerLora, new SeededTensors(seed))
  return { directory: reasonerDir, config, locations: weights.tensors, adapter }
}

/** A model that has a configuration and no weights yet: all are inputs of the graph, so they need no place. */
function unwrittenParts(directory: string): ReasonerParts {
  const path = join(directory, 'config.json')
  if (!existsSync(path)) throw new Error(`${path}: expected the configuration of the model to begin, found none`)
  const config = decoderConfigFromJson(path, readBaseConfig(directory))
  const locations = [...expectedTensors(config)].map(([name, shape]): [string, TensorLocation] => [
    name,
    { name, shape, dtype: 'F32', file: '', byteOffset: 0, byteLength: 4 * elementCount(shape) },
  ])
  return { directory, config, locations: new Map(locations), adapter: undefined }
}

function initialEntries({ directory, config, locations, adapter }: ReasonerParts, weightInit: TrainingConfig['model']['weightInit'], seed: number): ParameterEntry[] {
  if (weightInit === 'random') {
    const range = readBaseConfig(directory)['initializer_range']
    return drawBaseWeights(config, typeof range === 'number' ? range : DEFAULT_INITIALIZER_RANGE, seed)
  }
  if (adapter !== undefined) {
    return [...adapter.modules].flatMap(([module, { a, b }]) => [
      { name: loraName(module, 'A'), shape: a.shape, data: a.data },
      { name: loraName(module, 'B'), shape: b.shape, data: b.data },
    ])
  }
  return [...expectedTensors(config).keys()].flatMap((name) => {
    const location = locations.get(name)
    return location === undefined ? [] : [{ name, shape: location.shape, data: readTensor(location).data }]
  })
}

/** W += scaling * B A, in float64 an element. */
function merge(weight: HostTensor | undefined, a: HostTensor, b: HostTensor, scaling: number): void {
  if (weight === undefined) throw new Error('internal: an adapted module without its weight')
  const [outSize = 0, inSize = 0] = weight.shape
  const rank = a.shape[0] ?? 0
  for (let out = 0; out < outSize; out++) {
    for (let column = 0; column < inSize; column++) {
      let change = 0
      for (let index = 0; index < rank; index++) change += (b.data[out * rank + index] ?? 0) * (a.data[index * inSize + column] ?? 0)
      weight.data[out * inSize + column] = (weight.data[out * inSize + column] ?? 0) + scaling * change
    }
  }
}
