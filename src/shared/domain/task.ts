/** @file What a model is tested on, as data: which task, from which files, which part of it, scored how. It does not know how any of it is read. */
import { z } from 'zod'
import { promptSchema } from './trace.ts'

/** `demo-base` and `demo-new` are the two domains of the bundled model. */
export const taskNameSchema = z.enum(['gsm8k', 'gpqa', 'math', 'kodcode', 'triviaqa', 'generic', 'demo-base', 'demo-new'])
export type TaskName = z.infer<typeof taskNameSchema>

export const taskSplitSchema = z.enum(['train', 'valid', 'test'])
export type TaskSplit = z.infer<typeof taskSplitSchema>

/** Where a task's rows come from. */
export const taskSourceSchema = z.discriminatedUnion('kind', [
  /** Files that ship with the app; the demo's domains alone have them. */
  z.object({ kind: z.literal('bundled') }),
  /** JSONL, Parquet or CSV, read in this order as one table. */
  z.object({ kind: z.literal('files'), paths: z.array(z.string().min(1)).min(1) }),
  /** A dataset repository in the local Hugging Face cache; `tasks.download` fetches what is not there. */
  z.object({ kind: z.literal('hub'), repo: z.string().min(1), revision: z.string().min(1).default('main') }),
])
export type TaskSource = z.infer<typeof taskSourceSchema>

/** Columns of a table that is none of the known tasks. */
export const fieldMappingSchema = z.object({
  /** A column, or a template with columns in braces: `Question: {question}`. */
  prompt: z.string().min(1),
  system: z.string().nullable().default(null),
  /** The column that answers are compared with; null where nothing is scored. */
  solution: z.string().nullable().default(null),
  id: z.string().nullable().default(null),
  /** A column by which results are grouped. */
  domain: z.string().nullable().default(null),
  /** A column with a list of options, listed under the prompt as A., B., …; the solution is then the right letter, text or index. */
  choices: z.string().nullable().default(null),
})
export type FieldMapping = z.infer<typeof fieldMappingSchema>

/** How a text becomes a reward. */
export const scoringSchema = z.discriminatedUnion('kind', [
  /** The last `\boxed{…}`, compared as text. */
  z.object({ kind: z.literal('boxed') }),
  /** The reference's math score: the first `\boxed{…}`, compared as LaTeX after its rewrites. */
  z.object({ kind: z.literal('math') }),
  z.object({ kind: z.literal('exact'), ignoresCase: z.boolean().default(true) }),
  /** The letter of the chosen option: boxed, or the last one that stands alone. */
  z.object({ kind: z.literal('choice') }),
  /** The named or first group of the last match, compared as text. */
  z.object({ kind: z.literal('regex'), pattern: z.string().min(1), flags: z.string().default('') }),
  z.object({ kind: z.literal('none') }),
])
export type Scoring = z.infer<typeof scoringSchema>

/** Where TriviaQA's searches are answered. */
export const retrieverSchema = z.discriminatedUnion('kind', [
  /** BM25 over a JSONL corpus of `{id, contents}` or `{title, text}`, indexed beside it once. */
  z.object({ kind: z.literal('local'), corpusPath: z.string().min(1) }),
  /** A server that speaks the Search-R1 `/retrieve` protocol. */
  z.object({ kind: z.literal('server'), url: z.url() }),
])
export type Retriever = z.infer<typeof retrieverSchema>

/**
 * Whether model-written code may run: `refused` until the user says otherwise, `sandboxed` only where the system can enforce limits,
 * `unprotected` anyway.
 */
export const codeExecutionSchema = z.enum(['refused', 'sandboxed', 'unprotected'])
export type CodeExecution = z.infer<typeof codeExecutionSchema>

export const taskRequestSchema = z.object({
  name: taskNameSchema,
  split: taskSplitSchema.default('test'),
  source: taskSourceSchema,
  /** The first samples after shuffling; null takes all. */
  limit: z.int().min(1).nullable().default(null),
  /** null keeps the files' order. */
  shuffleSeed: z.int().nonnegative().nullable().default(null),
  /** Of `generic` alone. */
  fields: fieldMappingSchema.nullable().default(null),
  /** null scores as the task's definition does; `generic` needs one. */
  scoring: scoringSchema.nullable().default(null),
  /** Of `kodcode` alone. */
  codeExecution: codeExecutionSchema.default('refused'),
  /** Of `triviaqa` alone: null gives no search, so that a search is an error of its sample. */
  retriever: retrieverSchema.nullable().default(null),
})
export type TaskRequest = z.infer<typeof taskRequestSchema>
export type TaskRequestInput = z.input<typeof taskRequestSchema>

/** One sample as it is asked and judged; the log keeps it once for each dataset. */
export const taskSampleSchema = z.object({
  id: z.string().min(1),
  /** Place in its file: `test.jsonl, line 7`. */
  origin: z.string(),
  /** What results are grouped by; null where the data has no such thing. */
  domain: z.string().nullable(),
  prompt: promptSchema,
  solution: z.string().nullable(),
  /** All accepted answers; empty where there is only the solution. */
  answers: z.array(z.string()),
  /** What the task's own judge needs besides, as JSON: KodCode's tests and function name. */
  extra: z.record(z.string(), z.unknown()),
})
export type TaskSample = z.infer<typeof taskSampleSchema>

/** Which bytes the samples came from, so that two runs can be told to have read the same. */
export const datasetStampSchema = z.object({
  /** SHA-256 over what determines the samples (task, split, order, fields) and the files' hashes. Equal ids give equal samples, but for how many. */
  id: z.string().min(1),
  files: z.array(z.object({ path: z.string(), sizeBytes: z.int().nonnegative(), sha256: z.string() })),
  sampleCount: z.int().nonnegative(),
  /** Rows that were left out; the first of them in words that name file, row and field. */
  problemCount: z.int().nonnegative(),
  problems: z.array(z.string()),
})
export type DatasetStamp = z.infer<typeof datasetStampSchema>

/** What a judge found in a text. */
export const judgementSchema = z.object({
  /** 1 is right; null where it could not be judged, and `error` says why. */
  reward: z.number().nullable(),
  error: z.string().nullable(),
  /** What was taken for the answer, normalized as it was compared; null where none was found. */
  extracted: z.string().nullable(),
  /** What it was compared with, normalized likewise. */
  expected: z.string().nullable(),
})
export type Judgement = z.infer<typeof judgementSchema>

/** A task as the forms show it. */
export const taskDescriptionSchema = z.object({
  name: taskNameSchema,
  title: z.string(),
  /** One or two sentences. */
  summary: z.string(),
  /** Where its data is published, such as `openai/gsm8k`; null where it ships or is the user's own. */
  hubRepo: z.string().nullable(),
  splits: z.array(taskSplitSchema),
  /** How the reference scores it. */
  scoring: z.string(),
  isMultiTurn: z.boolean(),
  runsCode: z.boolean(),
  /** For code: what protects the machine here, or why nothing does; null where no code is run. */
  protection: z.string().nullable(),
  /** Limits that suit the task, such as `maxNewTokens`. */
  suggestedMaxNewTokens: z.int(),
})
export type TaskDescription = z.infer<typeof taskDescriptionSchema>
