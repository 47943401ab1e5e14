/** @file An evaluation run as the host tells it, for tests of what is made of it. It was never computed. */
import { evaluationRunIdSchema, experimentIdSchema } from '../../src/shared/domain/experiment-ids.ts'
import { evaluationPlanSchema, evaluationRunSchema, type EvaluationPlan, type EvaluationRun } from '../../src/shared/domain/evaluation.ts'

export type SampleRunChanges = Partial<Omit<EvaluationRun, 'id' | 'plan' | 'totals'>> & { id?: string; plan?: Partial<EvaluationPlan>; totals?: Partial<EvaluationRun['totals']> }

const plan = evaluationPlanSchema.parse({ modelId: 'demo', task: { name: 'gsm8k', source: { kind: 'hub', repo: 'openai/gsm8k' } }, config: {}, repeats: 1, latents: 'projected', batchSize: 8 })
const nothing: EvaluationRun['totals'] = { done: 0, judged: 0, right: 0, rewardSum: 0, failed: 0, tokens: 0, promptInsertions: 0, inferenceInsertions: 0, elapsedMs: 0 }

/** Finished, 30 of 40 right, at Unix time 0, unless something else is asked. */
export function sampleRun({ id = 'run', plan: planned, totals, ...changes }: SampleRunChanges = {}): EvaluationRun {
  return evaluationRunSchema.parse({
    id: evaluationRunIdSchema.parse(id),
    experimentId: experimentIdSchema.parse('experiment'),
    experimentName: 'Paper, table 1',
    name: 'gsm8k trigger pn=1_pl=8_in=5_il=8 seed 42',
    modelName: 'Demo',
    plan: { ...plan, ...planned },
    status: 'finished',
    error: null,
    total: 40,
    totals: { ...nothing, done: 40, judged: 40, right: 30, rewardSum: 30, ...totals },
    accuracy: { estimate: 0.75, low: 0.598, high: 0.858 },
    datasetId: null,
    provenance: null,
    tags: [],
    note: '',
    isStarred: false,
    trashedAt: null,
    createdAt: 0,
    updatedAt: 0,
    ...changes,
  })
}
