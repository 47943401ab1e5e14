/** @file Runs and their results as tables, a row each. It does not know file formats. */
import type { EvaluationRun, SampleResult } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { EvaluationLog } from '../../log/index.ts'
import type { Column, Row, Table } from '../table.ts'

const runColumns: readonly Column[] = [
  { name: 'run_id', type: 'text' },
  { name: 'experiment', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'model', type: 'text' },
  { name: 'task', type: 'text' },
  { name: 'split', type: 'text' },
  { name: 'policy', type: 'json' },
  { name: 'intervention', type: 'json' },
  { name: 'seed', type: 'integer' },
  { name: 'repeats', type: 'integer' },
  { name: 'status', type: 'text' },
  { name: 'total', type: 'integer' },
  { name: 'done', type: 'integer' },
  { name: 'judged', type: 'integer' },
  { name: 'right', type: 'integer' },
  { name: 'failed', type: 'integer' },
  { name: 'accuracy', type: 'number' },
  { name: 'accuracy_low', type: 'number' },
  { name: 'accuracy_high', type: 'number' },
  { name: 'mean_reward', type: 'number' },
  { name: 'tokens', type: 'integer' },
  { name: 'prompt_insertions', type: 'integer' },
  { name: 'inference_insertions', type: 'integer' },
  { name: 'elapsed_ms', type: 'number' },
  { name: 'dataset_id', type: 'text' },
  { name: 'tags', type: 'json' },
  { name: 'note', type: 'text' },
  { name: 'starred', type: 'boolean' },
  { name: 'created_at', type: 'integer' },
  { name: 'config', type: 'json' },
  { name: 'provenance', type: 'json' },
]

export function runsTable(runs: readonly EvaluationRun[]): Table {
  return {
    columns: runColumns,
    async *rows() {
      for (const run of runs) yield runRow(run)
    },
  }
}

function runRow(run: EvaluationRun): Row {
  const { plan, totals, accuracy } = run
  return {
    run_id: run.id,
    experiment: run.experimentName,
    name: run.name,
    model: run.modelName,
    task: plan.task.name,
    split: plan.task.split,
    policy: plan.config.policy,
    intervention: plan.config.intervention,
    seed: plan.config.seed,
    repeats: plan.repeats,
    status: run.status,
    total: run.total,
    done: totals.done,
    judged: totals.judged,
    right: totals.right,
    failed: totals.failed,
    accuracy: accuracy?.estimate,
    accuracy_low: accuracy?.low,
    accuracy_high: accuracy?.high,
    mean_reward: totals.judged === 0 ? null : totals.rewardSum / totals.judged,
    tokens: totals.tokens,
    prompt_insertions: totals.promptInsertions,
    inference_insertions: totals.inferenceInsertions,
    elapsed_ms: totals.elapsedMs,
    dataset_id: run.datasetId,
    tags: run.tags,
    note: run.note,
    starred: run.isStarred,
    created_at: run.createdAt,
    config: plan.config,
    provenance: run.provenance,
  }
}

const resultColumns: readonly Column[] = [
  { name: 'run_id', type: 'text' },
  { name: 'sample_id', type: 'text' },
  { name: 'repeat', type: 'integer' },
  { name: 'domain', type: 'text' },
  { name: 'reward', type: 'number' },
  { name: 'reward_error', type: 'text' },
  { name: 'extracted', type: 'text' },
  { name: 'expected', type: 'text' },
  { name: 'human_is_right', type: 'boolean' },
  { name: 'failure_mode', type: 'text' },
  { name: 'tokens', type: 'integer' },
  { name: 'turns', type: 'integer' },
  { name: 'prompt_insertions', type: 'integer' },
  { name: 'inference_insertions', type: 'integer' },
  { name: 'finish', type: 'text' },
  { name: 'error', type: 'text' },
  { name: 'text', type: 'text' },
]

export function resultsTable(log: EvaluationLog, runIds: readonly EvaluationRunId[]): Table {
  return {
    columns: resultColumns,
    async *rows() {
      for (const runId of runIds) for await (const result of log.resultsOf(runId)) yield resultRow(runId, result)
    },
  }
}

function resultRow(runId: EvaluationRunId, { judgement, human, insertions, ...result }: SampleResult): Row {
  return {
    run_id: runId,
    sample_id: result.sampleId,
    repeat: result.repeat,
    domain: result.domain,
    reward: judgement.reward,
    reward_error: judgement.error,
    extracted: judgement.extracted,
    expected: judgement.expected,
    human_is_right: human?.isRight,
    failure_mode: human?.failureMode,
    tokens: result.tokenCount,
    turns: result.turnCount,
    prompt_insertions: insertions.prompt,
    inference_insertions: insertions.inference,
    finish: result.finish,
    error: result.error,
    text: result.text,
  }
}
