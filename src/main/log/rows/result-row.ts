/** @file A result as rows of `evaluation_result` and `evaluation_output`, both ways. Does not know queries, nor what the result's turns hold. */
import { z } from 'zod'
import { failureModeSchema, type HumanVerdict, type Judging, type SampleResult } from '../../../shared/domain/evaluation.ts'
import type { Judgement } from '../../../shared/domain/task.ts'
import { finishSchema } from '../../../shared/domain/trace.ts'
import type { NewResult, ResultSummary } from '../evaluation-log.ts'
import type { EvaluationFormerJudgementTable, EvaluationOutputTable, EvaluationResultTable, JudgementTexts, ResultPlace } from '../evaluation-tables.ts'
import { flagColumn, numberColumn, textColumn, toStoredReal, toStoredText } from '../stored-values.ts'
import { readRow } from './read-row.ts'

/** What {@link fromSummaryRow} reads of a result. */
export const summaryColumns = [
  'evaluation_result.run_id',
  'evaluation_result.position',
  'evaluation_result.repeat',
  'evaluation_result.sample_id',
  'evaluation_result.domain',
  'evaluation_result.reward',
  'evaluation_result.is_audited',
  'evaluation_result.human_is_right',
  'evaluation_result.failure_mode',
  'evaluation_result.token_count',
  'evaluation_result.prompt_insertions',
  'evaluation_result.inference_insertions',
  'evaluation_result.finish',
] as const
type SummaryRow = Omit<EvaluationResultTable, 'scoring_number' | 'turn_count' | 'error' | 'created_at'>

/** What {@link fromResultRow} reads: a result joined with its output. */
export const resultColumns = [
  ...summaryColumns,
  'evaluation_result.turn_count',
  'evaluation_result.error',
  'evaluation_output.text',
  'evaluation_output.extracted',
  'evaluation_output.expected',
  'evaluation_output.judge_error',
] as const
type ResultRow = SummaryRow & Pick<EvaluationResultTable, 'turn_count' | 'error'> & Omit<EvaluationOutputTable, keyof ResultPlace>

const count = z.int().nonnegative()

const summaryRowSchema = z.object({
  sample_id: textColumn,
  repeat: count,
  domain: textColumn.nullable(),
  reward: numberColumn.nullable(),
  is_audited: flagColumn,
  human_is_right: flagColumn.nullable(),
  failure_mode: failureModeSchema.nullable(),
  token_count: count,
  prompt_insertions: count,
  inference_insertions: count,
  finish: finishSchema,
})

const detailRowSchema = z.object({ turn_count: z.int().min(1), error: textColumn.nullable() })

const judgementTextColumns = { extracted: textColumn.nullable(), expected: textColumn.nullable(), judge_error: textColumn.nullable() }

const outputRowSchema = z.object({ text: textColumn, ...judgementTextColumns })

const formerJudgementRowSchema = z.object({ scoring_number: count, reward: numberColumn.nullable(), ...judgementTextColumns })

export function toResultRow(place: ResultPlace, { result, judging }: NewResult, createdAt: number): EvaluationResultTable {
  return {
    ...place,
    sample_id: toStoredText(result.sampleId),
    domain: result.domain === null ? null : toStoredText(result.domain),
    reward: toReward(result.judgement),
    scoring_number: judging?.scoringNumber ?? 0,
    ...toVerdictColumns(null),
    turn_count: result.turnCount,
    token_count: result.tokenCount,
    prompt_insertions: result.insertions.prompt,
    inference_insertions: result.insertions.inference,
    finish: result.finish,
    error: result.error === null ? null : toStoredText(result.error),
    created_at: createdAt,
  }
}

export function toOutputRow(place: ResultPlace, { result }: NewResult): EvaluationOutputTable {
  return { ...place, text: toStoredText(result.text), ...toJudgementTexts(result.judgement) }
}

export function toFormerJudgementRows(place: ResultPlace, { judging }: NewResult): EvaluationFormerJudgementTable[] {
  return (judging?.former ?? []).map(({ scoringNumber, judgement }) => ({ ...place, scoring_number: scoringNumber, reward: toReward(judgement), ...toJudgementTexts(judgement) }))
}

/** @throws {LogRowError} */
export function fromFormerJudgementRow(path: string, row: EvaluationFormerJudgementTable): Judging['former'][number] {
  const { scoring_number: scoringNumber, reward, extracted, expected, judge_error: error } = readRow({ path, table: 'evaluation_former_judgement', id: `${nameOf(row)}/${row.scoring_number}` }, formerJudgementRowSchema, row)
  return { scoringNumber, judgement: { reward, error, extracted, expected } }
}

export function toReward({ reward }: Judgement): EvaluationResultTable['reward'] {
  return reward === null ? null : toStoredReal(reward)
}

export function toJudgementTexts({ extracted, expected, error }: Judgement): JudgementTexts {
  return {
    extracted: extracted === null ? null : toStoredText(extracted),
    expected: expected === null ? null : toStoredText(expected),
    judge_error: error === null ? null : toStoredText(error),
  }
}

export function toVerdictColumns(verdict: HumanVerdict | null): Pick<EvaluationResultTable, 'is_audited' | 'human_is_right' | 'failure_mode'> {
  const isRight = verdict?.isRight ?? null
  return { is_audited: verdict === null ? 0 : 1, human_is_right: isRight === null ? null : Number(isRight), failure_mode: verdict?.failureMode ?? null }
}

/** @throws {LogRowError} */
export function fromSummaryRow(path: string, row: SummaryRow): ResultSummary {
  const stored = readRow({ path, table: 'evaluation_result', id: nameOf(row) }, summaryRowSchema, row)
  return {
    sampleId: stored.sample_id,
    repeat: stored.repeat,
    domain: stored.domain,
    reward: stored.reward,
    human: stored.is_audited ? { isRight: stored.human_is_right, failureMode: stored.failure_mode } : null,
    tokenCount: stored.token_count,
    insertions: { prompt: stored.prompt_insertions, inference: stored.inference_insertions },
    finish: stored.finish,
  }
}

/** @throws {LogRowError} */
export function fromResultRow(path: string, row: ResultRow): SampleResult {
  const { reward, ...summary } = fromSummaryRow(path, row)
  const detail = readRow({ path, table: 'evaluation_result', id: nameOf(row) }, detailRowSchema, row)
  const output = readRow({ path, table: 'evaluation_output', id: nameOf(row) }, outputRowSchema, row)
  return {
    ...summary,
    text: output.text,
    turnCount: detail.turn_count,
    judgement: { reward, error: output.judge_error, extracted: output.extracted, expected: output.expected },
    error: detail.error,
  }
}

/** A result as messages name it. */
export function nameOf({ run_id: runId, position, repeat }: ResultPlace): string {
  return `${runId}/${position}/${repeat}`
}
