/**
 * @file What a bundle holds: `manifest.json` with every file's SHA-256, experiments, runs, the datasets' samples, and every result with its
 * records; all JSON lines. It reads and writes nothing.
 */
import { z } from 'zod'
import { donorSampleSchema } from '../../../shared/domain/donor.ts'
import { evaluationRunSchema, experimentSchema, judgingSchema, recordedScoringSchema, recordedTurnSchema, sampleResultSchema } from '../../../shared/domain/evaluation.ts'
import { datasetStampSchema, taskNameSchema, taskSampleSchema } from '../../../shared/domain/task.ts'

export const BUNDLE_FORMAT = 'memgen-bundle/1'
export const MANIFEST_NAME = 'manifest.json'

export const manifestSchema = z.object({
  format: z.literal(BUNDLE_FORMAT),
  /** Unix milliseconds, UTC. */
  createdAt: z.int(),
  files: z.array(z.object({ path: z.string().min(1), sizeBytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
})
export type Manifest = z.infer<typeof manifestSchema>

export const EXPERIMENTS_NAME = 'experiments.jsonl'
export const RUNS_NAME = 'runs.jsonl'
export const DATASETS_NAME = 'datasets.jsonl'
export const samplesName = (index: number): string => `samples/${index}.jsonl`
export const resultsName = (index: number): string => `results/${index}.jsonl`

export const bundledExperimentSchema = experimentSchema
/**
 * Beside the run, in which file its results are, whose latents its intervention `other` takes, and by what it was judged again. Bundles of
 * before those were written have none; readers of before pass over them.
 */
export const bundledRunSchema = z.object({ run: evaluationRunSchema, results: z.string(), donors: z.array(donorSampleSchema).default([]), scorings: z.array(recordedScoringSchema).default([]) })
export type BundledRun = z.infer<typeof bundledRunSchema>

/** A dataset, and in which file its samples are. */
export const bundledDatasetSchema = z.object({ stamp: datasetStampSchema, task: taskNameSchema, samples: z.string() })
export const bundledSampleSchema = taskSampleSchema
const bundledTurnSchema = recordedTurnSchema.refine(({ record: { tokenIds, texts, logprobs, entropies } }) => [texts, logprobs, entropies].every(({ length }) => length === tokenIds.length), { path: ['record'], message: 'expected columns of one length' })
/** `judging` is there where the run was judged again. */
export const bundledResultSchema = z.object({ result: sampleResultSchema, turns: z.array(bundledTurnSchema), judging: judgingSchema.optional() })
export type BundledResult = z.infer<typeof bundledResultSchema>

/**
 * One line, its end included. Typed arrays are base64 of their little-endian bytes; numbers that JSON lacks are texts under `$number`. U+2028
 * and U+2029 are escaped, since many readers, ours of before among them, end a line there.
 */
export function encodeLine(value: unknown): string {
  const json = JSON.stringify(value, (_key, member: unknown) => encodeMember(member))
  return `${json.replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`)}\n`
}

/** Throws SyntaxError for what is no JSON. */
export function decodeLine(line: string): unknown {
  return JSON.parse(line, (_key, member: unknown) => decodeMember(member))
}

function encodeMember(member: unknown): unknown {
  if (member instanceof Float32Array) return { $float32: toBase64(member) }
  if (member instanceof Int32Array) return { $int32: toBase64(member) }
  return typeof member === 'number' && !Number.isFinite(member) ? { $number: String(member) } : member
}

function decodeMember(member: unknown): unknown {
  if (typeof member !== 'object' || member === null) return member
  const [[name, value] = [], ...others] = Object.entries(member)
  if (others.length > 0 || typeof value !== 'string') return member
  if (name === '$float32') return new Float32Array(fromBase64(value))
  if (name === '$int32') return new Int32Array(fromBase64(value))
  return name === '$number' ? Number(value) : member
}

function toBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

function fromBase64(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer
}
