/**
 * @file Reads adapter_config.json of PEFT and refuses what is not plain LoRA. Knows no tensors.
 * Fields: peft 0.17.1, tuners/lora/config.py.
 */
import { z } from 'zod'
import { CheckpointFormatError, quote } from './errors.ts'
import { acceptJson, readJsonFile } from './json-file.ts'

/** Above every published LoRA; a rank is an allocation of rank * (in + out) per module. */
const maxRank = 8192

/** What a LoRA configuration says, before any tensor was seen. */
export interface LoraConfig {
  readonly rank: number
  readonly alpha: number
  readonly useRslora: boolean
  /** Module name endings, in the file's (arbitrary) order; null where a regular expression says which, which is not evaluated. */
  readonly targetModules: readonly string[] | null
  /** Probability with which training drops an input of A; generation drops none. */
  readonly dropout: number
  readonly rankPattern: Readonly<Record<string, number>>
  readonly alphaPattern: Readonly<Record<string, number>>
}

const looseObject = z.record(z.string(), z.unknown())

const configSchema = z.object({
  r: z.int().positive().max(maxRank),
  lora_alpha: z.number(),
  use_rslora: z.boolean().nullish(),
  target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  lora_dropout: z.number().min(0).max(1).nullish(),
  rank_pattern: z.record(z.string(), z.int().positive().max(maxRank)).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
})

/** Options that change what an adapter computes, with the values that leave it plain LoRA; absent and null are always fine. */
const plainValues: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ['LORA'],
  bias: ['none'],
  use_dora: [false],
  use_qalora: [false],
  lora_bias: [false],
  fan_in_fan_out: [false],
  modules_to_save: [],
  layer_replication: [],
  trainable_token_indices: [],
  target_parameters: [],
  alora_invocation_tokens: [],
  // pissa, olora, corda and loftq subtract the initial adapter from the base weights, so that the base alone is not what it was.
  init_lora_weights: [true, false, 'gaussian', 'eva', 'orthogonal'],
}

/** Of an adapter_config.json. Throws CheckpointFormatError that names the field, also for what PEFT can do and we cannot. */
export function readLoraConfig(path: string): LoraConfig {
  return loraConfigFromJson(path, readJsonFile(path, looseObject))
}

/** See {@link readLoraConfig}; from parsed JSON. `path` is only used in messages. */
export function loraConfigFromJson(path: string, json: unknown): LoraConfig {
  const loose = acceptJson(path, json, looseObject)
  for (const [field, allowed] of Object.entries(plainValues)) {
    const value = loose[field]
    const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    if (!isEmpty && !allowed.includes(value)) {
      const expected = allowed.length > 0 ? allowed.map((one) => JSON.stringify(one)).join(' or ') : 'nothing'
      const problem = `only plain LoRA is supported: expected ${expected}, found ${quote(JSON.stringify(value))}`
      throw new CheckpointFormatError({ path, field }, problem)
    }
  }
  const file = acceptJson(path, json, configSchema)
  const rankPattern = file.rank_pattern ?? {}
  const alphaPattern = file.alpha_pattern ?? {}
  for (const pattern of [...Object.keys(rankPattern), ...Object.keys(alphaPattern)]) refuseRegularExpression(path, pattern)
  return {
    rank: file.r,
    alpha: file.lora_alpha,
    useRslora: file.use_rslora ?? false,
    targetModules: typeof file.target_modules === 'string' ? null : (file.target_modules ?? []),
    dropout: file.lora_dropout ?? 0,
    rankPattern,
    alphaPattern,
  }
}

/** Rank and scaling of one module, e.g. `model.layers.3.self_attn.q_proj`. */
export function loraOfModule(config: LoraConfig, module: string): { rank: number; scaling: number } {
  const rank = findByPattern(config.rankPattern, module) ?? config.rank
  const alpha = findByPattern(config.alphaPattern, module) ?? config.alpha
  return { rank, scaling: loraScaling(alpha, rank, config.useRslora) }
}

/** alpha / r, or alpha / sqrt(r) with rank stabilisation (peft, tuners/lora/layer.py, update_layer). */
export function loraScaling(alpha: number, rank: number, useRslora: boolean): number {
  return alpha / (useRslora ? Math.sqrt(rank) : rank)
}

/** PEFT matches `(.*\.)?(pattern)$`; with plain names that is the whole name or its ending after a dot. */
function findByPattern(patterns: Readonly<Record<string, number>>, module: string): number | undefined {
  const hit = Object.entries(patterns).find(([pattern]) => {
    if (pattern.startsWith('^')) return module === pattern.slice(1)
    return module === pattern || module.endsWith(`.${pattern}`)
  })
  return hit?.[1]
}

/** A regular expression from a file can be made to run for hours. */
function refuseRegularExpression(path: string, pattern: string): void {
  if (/^\^?[\w.]+$/.test(pattern)) return
  throw new CheckpointFormatError({ path, field: 'rank_pattern' }, `expected module names, found the regular expression ${quote(pattern)}`)
}
