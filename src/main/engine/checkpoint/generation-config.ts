/** @file Reads generation_config.json, the sampling defaults that a model carries. Knows no sampler. */
import { existsSync } from 'node:fs'
import { z } from 'zod'
import { readJsonFile } from './json-file.ts'

/** What we look at in generation_config.json; a field the file leaves out is null. */
export interface GenerationConfig {
  readonly eosTokenIds: readonly number[]
  readonly doSample: boolean
  readonly transformersVersion: string | null
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly repetitionPenalty: number | null
}

const tokenId = z.int().nonnegative()

const generationSchema = z.object({
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  do_sample: z.boolean().nullish(),
  transformers_version: z.string().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.int().nullish(),
  repetition_penalty: z.number().nullish(),
})

/** Reads the file, or gives undefined when there is none. Throws CheckpointFormatError. */
export function readGenerationConfig(path: string): GenerationConfig | undefined {
  if (!existsSync(path)) return undefined
  const file = readJsonFile(path, generationSchema)
  return {
    eosTokenIds: [file.eos_token_id ?? []].flat(),
    doSample: file.do_sample ?? false,
    transformersVersion: file.transformers_version ?? null,
    temperature: file.temperature ?? null,
    topP: file.top_p ?? null,
    topK: file.top_k ?? null,
    repetitionPenalty: file.repetition_penalty ?? null,
  }
}

/**
 * Whether the reference's tail would sample although greedy decoding was asked for: from version 4.50 on transformers copies the
 * file's defaults into a request's own settings (docs/REFERENCE.md 3.4).
 */
export function samplesTheTail({ doSample, transformersVersion }: GenerationConfig): boolean {
  if (!doSample || transformersVersion === null) return false
  const [major = 0, minor = 0] = transformersVersion.split('.').map((part) => Number.parseInt(part, 10) || 0)
  return major > 4 || (major === 4 && minor >= 50)
}
