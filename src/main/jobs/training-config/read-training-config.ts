/**
 * @file A YAML file in the reference's format, with `--options` over it, as a complete training config and what its author
 * should know about it. It opens no file and looks for no model.
 *
 * Differences: an unknown key is an error (OmegaConf takes it and nothing reads it), and data sets are files.
 */
import { ZodError } from 'zod'
import { completeTrainingConfig, defaultMethods, trainingDefaults, type TrainingConfigInput } from '../../../shared/domain/training-defaults.ts'
import type { TrainingConfig, TrainingMethod, TrainingStage } from '../../../shared/domain/training.ts'
import { TrainingConfigError, type ConfigProblem } from './config-error.ts'
import { findDatasetShares } from './dataset-shares.ts'
import { findNearestKey } from './nearest-key.ts'
import { referenceKeys } from './reference-keys.ts'
import { mergeSettings, readOptionSettings, readYamlSettings, type Setting, type Settings } from './settings.ts'
import { findTraps } from './traps.ts'
import { describeValue } from './value-types.ts'

export interface TrainingConfigSources {
  /** A file's name, for messages, and its text. */
  readonly yaml?: { readonly file: string; readonly text: string } | undefined
  /** The words after `--options`. @default none */
  readonly options?: readonly string[] | undefined
  /** Such words for the trainer's section that the run turns out to use, as in `learning_rate 1e-4`. @default none */
  readonly trainerOptions?: readonly string[] | undefined
}

export interface ReadTrainingConfigOptions {
  /** @default what `run.train_weaver` and `run.train_trigger` say */
  readonly stage?: TrainingStage | undefined
  /** @default what `run.train_weaver_method` says */
  readonly method?: TrainingMethod | undefined
  /** The folder of a model named by path or by hub name; null where there is none. */
  readonly findModel: (name: string) => string | null
  /** A data file's or output folder's path, made absolute. */
  readonly resolvePath: (path: string) => string
  /** Where the run writes when the file does not say. */
  readonly defaultOutputDirectory: (config: Pick<TrainingConfigInput, 'stage' | 'model' | 'dataset'>) => string
}

export interface ReadTrainingConfig {
  readonly config: TrainingConfig
  /** One sentence each. */
  readonly warnings: readonly string[]
}

/** @throws {TrainingConfigError} with every problem at once */
export function readTrainingConfig({ yaml, options: words = [], trainerOptions = [] }: TrainingConfigSources, options: ReadTrainingConfigOptions): ReadTrainingConfig {
  const given = readOptionSettings(words)
  const said = mergeSettings(yaml === undefined ? new Map() : readYamlSettings(yaml.file, yaml.text), given.settings)
  const stage = options.stage ?? chooseStage(said)
  const method = options.method ?? chooseMethod(said, stage)
  const settings = mergeSettings(said, readOptionSettings(trainerOptions, `run.${stage}.${method}.`).settings)
  const problems = [...settings].flatMap(([key, setting]) => checkSetting(key, setting))
  if (problems.length > 0) throw new TrainingConfigError(problems)

  const draft = new Draft(stage, method)
  for (const [key, rule] of Object.entries(referenceKeys)) {
    const setting = settings.get(key)
    if (setting !== undefined && isActive(key, stage, method)) rule.apply?.(rule.type.read(setting.value), (path, value) => draft.put(path, value, { key, ...setting }))
  }
  for (const [path, value] of Object.entries(findDatasetShares(settings, stage, method))) draft.put(`dataset.${path}`, value, null)
  // An inactive trigger has nothing to train: findTraps says that it was switched on.
  if (stage === 'trigger') draft.put('model.triggerActive', true, null)
  const config = complete(draft, options)
  return { config, warnings: findTraps(settings, config, given.repeatedKeys) }
}

function checkSetting(key: string, { value, place }: Setting): ConfigProblem[] {
  const rule = referenceKeys[key]
  if (rule !== undefined) return rule.type.read(value) === undefined ? [{ place, key, problem: `expected ${rule.type.expected}, found ${describeValue(value)}` }] : []
  if (knownSections.has(key)) return value === null ? [] : [{ place, key, problem: `expected a section, found ${describeValue(value)}` }]
  return [{ place, key, problem: `there is no such key; the nearest is ${findNearestKey(key, Object.keys(referenceKeys))}` }]
}

/** `model`, `run.weaver.sft` and so on. */
const knownSections: ReadonlySet<string> = new Set(
  Object.keys(referenceKeys).flatMap((key) => {
    const names = key.split('.')
    return names.slice(1).map((_, at) => names.slice(0, at + 1).join('.'))
  }),
)

/** The trainer and ratio sections of other stages and methods may say what they like. */
function isActive(key: string, stage: TrainingStage, method: TrainingMethod): boolean {
  const [, part, trainer] = /^run\.(weaver|trigger|pretrain)\.(sft|grpo)\./.exec(key) ?? []
  if (part !== undefined) return part === stage && trainer === method
  const [, shares] = /^dataset\.(sft|grpo)\./.exec(key) ?? []
  return shares === undefined || shares === method
}

/** The reference's runner trains the weaver unless told otherwise. */
function chooseStage(settings: Settings): TrainingStage {
  const asked = (['weaver', 'trigger', 'pretrain'] as const).filter((stage) => settings.get(`run.train_${stage}`)?.value === true)
  if (asked.length > 1) {
    const place = settings.get(`run.train_${asked[1] ?? ''}`)?.place ?? null
    throw new TrainingConfigError([{ place, key: `run.train_${asked[1] ?? ''}`, problem: `only one of ${asked.join(' and ')} can be trained at a time` }])
  }
  return asked[0] ?? 'weaver'
}

function chooseMethod(settings: Settings, stage: TrainingStage): TrainingMethod {
  const said = stage === 'pretrain' ? undefined : settings.get(`run.train_${stage}_method`)?.value
  return said === 'sft' || said === 'grpo' ? said : defaultMethods[stage]
}

interface Origin extends Setting {
  readonly key: string
}

/** The config's input as it grows, with the setting that each field came from. */
class Draft {
  readonly stage: TrainingStage
  readonly method: TrainingMethod
  readonly fields: Record<string, unknown>
  readonly #origins = new Map<string, Origin>()

  constructor(stage: TrainingStage, method: TrainingMethod) {
    this.stage = stage
    this.method = method
    this.fields = { stage, method, model: {}, dataset: {}, optimisation: { betas: [...trainingDefaults(stage, method).optimisation.betas] } }
  }

  put(path: string, value: unknown, origin: Origin | null): void {
    const names = path.split('.')
    let section: Record<string, unknown> = this.fields
    for (const name of names.slice(0, -1)) section = (section[name] ??= {}) as Record<string, unknown> // only sections stand above fields
    section[names.at(-1) ?? path] = value
    if (origin !== null) this.#origins.set(path, origin)
  }

  textAt(section: 'model' | 'dataset', field: string): string | undefined {
    const value = (this.fields[section] as Record<string, unknown>)[field] // every section is an object
    return typeof value === 'string' ? value : undefined
  }

  originOf(path: string): Origin | undefined {
    return this.#origins.get(path)
  }
}

const modelFields = ['reasonerDir', 'weaverDir', 'triggerDir', 'checkpointDir'] as const
const fileFields = ['trainFile', 'validationFile'] as const

function complete(draft: Draft, { findModel, resolvePath, defaultOutputDirectory }: ReadTrainingConfigOptions): TrainingConfig {
  const problems: ConfigProblem[] = []
  const named = draft.textAt('model', 'reasonerDir')
  const name = draft.textAt('dataset', 'name') ?? null
  if (named === undefined) problems.push({ place: null, key: 'model.model_name', problem: 'missing: the folder or the hub name of the base model' })
  if (draft.textAt('dataset', 'trainFile') === undefined) {
    const hint = name === null ? '' : ` (the reference would fetch ${name} from the hub)`
    problems.push({ place: null, key: 'dataset.train_file', problem: `missing: a JSONL or Parquet file with messages, or prompt and completion${hint}` })
  }
  for (const field of modelFields) {
    const given = draft.textAt('model', field)
    // The same base for all parts is one base, and null means none.
    if (given === undefined || (field !== 'reasonerDir' && given === named)) {
      draft.put(`model.${field}`, undefined, null)
      continue
    }
    const folder = findModel(given)
    const origin = draft.originOf(`model.${field}`)
    if (folder === null) problems.push({ place: origin?.place ?? null, key: origin?.key ?? null, problem: `expected a folder or a model of the Hugging Face cache, found ${describeValue(given)}` })
    else draft.put(`model.${field}`, folder, origin ?? null)
  }
  for (const field of fileFields) {
    const file = draft.textAt('dataset', field)
    if (file !== undefined) draft.put(`dataset.${field}`, resolvePath(file), draft.originOf(`dataset.${field}`) ?? null)
  }
  if (problems.length > 0) throw new TrainingConfigError(problems)

  const said = draft.fields['outputDirectory']
  // Its schema is checked by completeTrainingConfig; the types of single fields were checked with their keys.
  const input = draft.fields as unknown as TrainingConfigInput
  draft.fields['outputDirectory'] = resolvePath(typeof said === 'string' ? said : defaultOutputDirectory(input))
  try {
    return completeTrainingConfig(input)
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    throw new TrainingConfigError(error.issues.map(({ path, message }) => describeIssue(draft, path.join('.'), message)))
  }
}

function describeIssue(draft: Draft, path: string, message: string): ConfigProblem {
  const origin = draft.originOf(path)
  if (origin === undefined) return { place: null, key: path, problem: message }
  return { place: origin.place, key: origin.key, problem: `${message}, found ${describeValue(origin.value)}` }
}
