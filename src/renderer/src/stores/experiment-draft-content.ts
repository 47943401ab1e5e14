/** @file The next experiment while it is written: what the form holds, what it still lacks, and the grid it makes. It does not know the host. */
import { z } from 'zod'
import { experimentRequestSchema, policyArmSchema, type ExperimentRequest, type ExperimentRequestInput, type PolicyArm } from '../../../shared/domain/evaluation.ts'
import { modelIdSchema, type ModelId } from '../../../shared/domain/identifiers.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import { fieldMappingSchema, retrieverSchema, taskRequestSchema, taskSourceSchema, type TaskDescription, type TaskName } from '../../../shared/domain/task.ts'

/** As the contract's, but for what may be empty while it is written. */
const sourceDraftSchema = z.discriminatedUnion('kind', [
  taskSourceSchema.options[0],
  taskSourceSchema.options[1].extend({ paths: z.array(z.string()) }),
  taskSourceSchema.options[2].extend({ repo: z.string(), revision: z.string() }),
])
const retrieverDraftSchema = z.discriminatedUnion('kind', [
  retrieverSchema.options[0].extend({ corpusPath: z.string() }),
  retrieverSchema.options[1].extend({ url: z.string() }),
])
export const taskDraftSchema = taskRequestSchema.extend({
  source: sourceDraftSchema,
  fields: fieldMappingSchema.extend({ prompt: z.string() }).nullable().default(null),
  retriever: retrieverDraftSchema.nullable().default(null),
})
export type TaskDraft = z.infer<typeof taskDraftSchema>

export const experimentDraftSchema = experimentRequestSchema.extend({
  name: z.string(),
  models: z.array(modelIdSchema),
  tasks: z.array(taskDraftSchema),
  arms: z.array(policyArmSchema),
  seeds: z.array(z.int().nonnegative()).default([42]),
})
export type ExperimentDraft = z.infer<typeof experimentDraftSchema>

const arm = (policy: MemoryPolicy): PolicyArm => ({ policy, intervention: null })

/** With memory as the trigger decides, and without. */
const firstArms: readonly PolicyArm[] = [arm({ kind: 'vanilla' }), arm({ kind: 'trigger' })]

/** The paper's Table 5: no memory, memory at the prompt alone, at random, everywhere, and as the trigger decides. */
export const ablationArms: readonly PolicyArm[] = [
  arm({ kind: 'vanilla' }),
  arm({ kind: 'prompt-only' }),
  ...[0.2, 0.5, 0.8].map((probability) => arm({ kind: 'random', probability })),
  arm({ kind: 'always' }),
  arm({ kind: 'trigger' }),
]

export function emptyExperimentDraft(): ExperimentDraft {
  const { success, data } = experimentDraftSchema.safeParse({ name: '', models: [], tasks: [], arms: firstArms })
  if (!success) throw new Error('internal: the empty experiment is none')
  return data
}

/** The draft on this model, unless models are chosen already. */
export function withFirstModel(draft: ExperimentDraft, modelId: ModelId): ExperimentDraft {
  return draft.models.length > 0 ? draft : { ...draft, models: [modelId] }
}

/** The task as it is first offered: its own data where it has some, all of it. */
export function newTaskDraft({ name, hubRepo, splits }: Pick<TaskDescription, 'name' | 'hubRepo' | 'splits'>): TaskDraft {
  return taskDraftSchema.parse({
    name,
    split: splits.includes('test') ? 'test' : splits[0],
    source: sourceOf(name, hubRepo),
    fields: name === 'generic' ? { prompt: '' } : null,
    scoring: name === 'generic' ? { kind: 'boxed' } : null,
  } satisfies z.input<typeof taskDraftSchema>)
}

export function isBundledTask(name: TaskName): boolean {
  return name === 'demo-base' || name === 'demo-new'
}

function sourceOf(name: TaskName, hubRepo: string | null): TaskDraft['source'] {
  if (isBundledTask(name)) return { kind: 'bundled' }
  return hubRepo === null ? { kind: 'files', paths: [] } : { kind: 'hub', repo: hubRepo, revision: 'main' }
}

/** What the draft lacks, one sentence each; empty where it is a grid. */
export function draftProblems(draft: ExperimentDraft): readonly string[] {
  const problems = [
    draft.name.trim() === '' && 'Give the experiment a name.',
    draft.models.length === 0 && 'Choose a model.',
    draft.tasks.length === 0 && 'Choose a task.',
    ...draft.tasks.flatMap(taskProblems),
    draft.arms.length === 0 && 'Choose a policy.',
    draft.seeds.length === 0 && 'Write seeds: whole numbers and ranges of at most 1000, such as 42, 1-3.',
  ].filter((problem) => problem !== false)
  if (problems.length > 0) return problems
  const parsed = experimentRequestSchema.safeParse(draft)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

export function taskProblems({ name, source, fields, scoring, retriever, codeExecution }: TaskDraft): readonly string[] {
  return [
    source.kind === 'files' && source.paths.length === 0 && `${name}: name a file.`,
    source.kind === 'hub' && source.repo.trim() === '' && `${name}: name a dataset repository.`,
    name === 'generic' && (fields === null || fields.prompt.trim() === '') && 'generic: say which column asks.',
    name === 'generic' && scoring === null && 'generic: say how answers are scored.',
    scoring?.kind === 'regex' && scoring.pattern === '' && `${name}: write the pattern.`,
    name === 'kodcode' && codeExecution === 'refused' && 'kodcode: running model-written code was not allowed.',
    retriever?.kind === 'local' && retriever.corpusPath.trim() === '' && `${name}: name the corpus file.`,
    retriever?.kind === 'server' && !URL.canParse(retriever.url) && `${name}: write the search server’s address.`,
  ].filter((problem) => problem !== false)
}

/** null where something is missing. */
export function requestOfDraft(draft: ExperimentDraft): ExperimentRequest | null {
  if (draftProblems(draft).length > 0) return null
  return experimentRequestSchema.safeParse({ ...draft, name: draft.name.trim() }).data ?? null
}

export function draftOfRequest(request: ExperimentRequest): ExperimentDraft {
  return experimentDraftSchema.parse(request)
}

/** Few enough to be done in about a minute, and enough to tell memory from none. */
const DEMO_SAMPLES = 50

/** The bundled model on its two domains: without memory, with memory everywhere, and as its trigger decides. */
export function demoExperiment(modelId: ModelId, { maxNewTokens, limit = DEMO_SAMPLES }: { maxNewTokens: number; limit?: number }): ExperimentRequestInput {
  return {
    name: 'Demo: memory on and off',
    models: [modelId],
    tasks: (['demo-base', 'demo-new'] as const).map((name) => ({ name, source: { kind: 'bundled' }, limit })),
    arms: [arm({ kind: 'vanilla' }), arm({ kind: 'always' }), arm({ kind: 'trigger' })],
    config: { maxNewTokens, recordTopK: 0, recordNearest: 0 },
    tags: ['demo'],
  }
}
