/** @file Tokens as tables, a row each: of evaluations' compact records, and of the debugger's traces. It does not know file formats. */
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import { NOT_ASKED, type Step } from '../../../shared/domain/step.ts'
import { TraceNotFoundError, type EvaluationLog, type ExperimentLog, type TurnOfRun } from '../../log/index.ts'
import type { Column, Row, Table } from '../table.ts'

/** Of both kinds, in this order. */
const stepColumns: readonly Column[] = [
  { name: 'step', type: 'integer' },
  { name: 'token_id', type: 'integer' },
  { name: 'text', type: 'text' },
  { name: 'logprob', type: 'number' },
  { name: 'entropy', type: 'number' },
  { name: 'decision', type: 'integer' },
  { name: 'decision_source', type: 'text' },
  { name: 'delimiter', type: 'text' },
  { name: 'trigger_logit_skip', type: 'number' },
  { name: 'trigger_logit_insert', type: 'number' },
  { name: 'latent_norms', type: 'json' },
]

const ofResults: readonly Column[] = [
  { name: 'run_id', type: 'text' },
  { name: 'sample_id', type: 'text' },
  { name: 'repeat', type: 'integer' },
  { name: 'turn', type: 'integer' },
]

export function recordedStepsTable(log: EvaluationLog, runIds: readonly EvaluationRunId[]): Table {
  return {
    columns: [...ofResults, ...stepColumns],
    async *rows() {
      for (const runId of runIds) for await (const turn of log.turnsOf(runId)) yield* turnRows(runId, turn)
    },
  }
}

function* turnRows(runId: EvaluationRunId, { sampleId, repeat, turn, record }: TurnOfRun): Generator<Row> {
  const askedAt = new Map(record.asked.map((asked) => [asked.stepIndex, asked]))
  const weaveAt = new Map(record.weaves.map((weave) => [weave.stepIndex, weave]))
  for (const [step, text] of record.texts.entries()) {
    const asked = askedAt.get(step)
    yield {
      run_id: runId,
      sample_id: sampleId,
      repeat,
      turn,
      step,
      token_id: record.tokenIds[step],
      text,
      logprob: record.logprobs[step],
      entropy: record.entropies[step],
      decision: asked?.decision ?? NOT_ASKED,
      decision_source: asked?.source,
      delimiter: asked?.delimiter,
      trigger_logit_skip: asked?.triggerLogits?.[0],
      trigger_logit_insert: asked?.triggerLogits?.[1],
      latent_norms: weaveAt.get(step)?.norms,
    }
  }
}

/** Steps read from the log at a time. */
const PAGE_SIZE = 2_000

export function traceStepsTable(log: Pick<ExperimentLog, 'getTraceHeader' | 'stepsBetween'>, traceIds: readonly TraceId[]): Table {
  return {
    columns: [{ name: 'trace_id', type: 'text' }, ...stepColumns, { name: 'top_k', type: 'json' }, { name: 'twin_kl', type: 'number' }],
    async *rows() {
      for (const traceId of traceIds) yield* traceRows(log, traceId)
    },
  }
}

async function* traceRows(log: Pick<ExperimentLog, 'getTraceHeader' | 'stepsBetween'>, traceId: TraceId): AsyncGenerator<Row> {
  const header = await log.getTraceHeader(traceId)
  if (header === undefined) throw new TraceNotFoundError(traceId)
  for (let from = 0; from < header.stepCount; from += PAGE_SIZE) {
    const { steps = [], weaves = [] } = (await log.stepsBetween(traceId, from, from + PAGE_SIZE)) ?? {}
    const normsAt = new Map(weaves.map(({ stepIndex, norms }) => [stepIndex, norms]))
    for (const step of steps) yield { trace_id: traceId, ...traceRow(step), latent_norms: normsAt.get(step.index) }
  }
}

function traceRow(step: Step): Row {
  return {
    step: step.index,
    token_id: step.tokenId,
    text: step.text,
    logprob: step.logprob,
    entropy: step.entropy,
    decision: step.decision,
    decision_source: step.decisionSource,
    delimiter: step.gateReason,
    trigger_logit_skip: step.triggerLogits?.[0],
    trigger_logit_insert: step.triggerLogits?.[1],
    top_k: step.topK,
    twin_kl: step.twin?.kl,
  }
}
