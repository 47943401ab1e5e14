/**
 * @file Queries that record results, judge them again and audit them. A run's totals change with its results in one transaction, which
 * begins with a write, as in write-traces.ts. Does not know SQLite.
 */
import { sql, type Transaction } from 'kysely'
import type { HumanVerdict, ResultKey } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { Judgement, Scoring } from '../../shared/domain/task.ts'
import type { NewResult } from './evaluation-log.ts'
import type { ResultPlace } from './evaluation-tables.ts'
import { resultOf } from './read-results.ts'
import { noTotals } from './rows/evaluation-run-row.ts'
import { toLatentsRows } from './rows/latents-row.ts'
import { fromPromptColumns, promptColumnsSchema } from './rows/prompt-columns.ts'
import { readRow } from './rows/read-row.ts'
import { toFormerJudgementRows, toJudgementTexts, toOutputRow, toResultRow, toReward, toVerdictColumns } from './rows/result-row.ts'
import { toTurnRow } from './rows/turn-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredJson, toStoredText } from './stored-values.ts'
import { setRun } from './write-evaluations.ts'

type ResultJudgement = Readonly<{ sampleId: string; repeat: number; judgement: Judgement }>

const totalNames = Object.keys(noTotals) as (keyof typeof noTotals)[] // their own

/** An interval was found over results that are no longer all there are, or judged otherwise. */
const noBounds = { accuracy_low: null, accuracy_high: null }

/** Histories are numbered from 1. */
const nextNumber = sql<number>`coalesce(max(number), 0) + 1`.as('number')

/** Adds those that are not there yet and counts them. */
export async function insertResults(tx: Transaction<LogTables>, path: string, runId: EvaluationRunId, results: readonly NewResult[], now: number): Promise<void> {
  await setRun(tx, runId, {}, now)
  const id = toStoredText(runId)
  const added = { ...noTotals }
  for (const result of results) {
    if (!(await insertResult(tx, path, id, result, now))) continue
    const totals = totalsOf(result)
    for (const name of totalNames) added[name] += totals[name]
  }
  if (added.done === 0) return
  const sums = Object.fromEntries(totalNames.map((name) => [name, sql<number>`${sql.ref(name)} + ${added[name]}`]))
  await tx.updateTable('evaluation_run').set({ ...sums, ...noBounds }).where('id', '=', id).execute()
}

/**
 * Judges results again: the former judgements go to `evaluation_former_judgement` under the number of the scoring they came from. Totals are
 * counted anew, since a sum of rewards that is taken from and added to drifts.
 */
export async function replaceJudgements(tx: Transaction<LogTables>, runId: EvaluationRunId, scoring: Scoring | null, judgements: readonly ResultJudgement[], now: number): Promise<void> {
  await setRun(tx, runId, {}, now)
  const id = toStoredText(runId)
  const { number } = await tx.selectFrom('evaluation_scoring').select(nextNumber).where('run_id', '=', id).executeTakeFirstOrThrow()
  await tx.insertInto('evaluation_scoring').values({ run_id: id, number, scoring: scoring === null ? null : toStoredJson(scoring), created_at: now }).execute()
  for (const { sampleId, repeat, judgement } of judgements) {
    const former = await resultOf(tx, { runId, sampleId, repeat })
      .select(['evaluation_result.run_id', 'evaluation_result.position', 'evaluation_result.repeat', 'scoring_number', 'reward', 'extracted', 'expected', 'judge_error'])
      .executeTakeFirst()
    if (former === undefined) throw new Error(`internal: evaluation run ${runId} has no result of sample ${sampleId}, repeat ${repeat}`)
    await tx.insertInto('evaluation_former_judgement').values(former).execute()
    const place: ResultPlace = { run_id: former.run_id, position: former.position, repeat: former.repeat }
    await tx.updateTable('evaluation_result').set({ reward: toReward(judgement), scoring_number: number }).where((column) => column.and(place)).execute()
    await tx.updateTable('evaluation_output').set(toJudgementTexts(judgement)).where((column) => column.and(place)).execute()
  }
  const counted = await tx
    .selectFrom('evaluation_result')
    .where('run_id', '=', id)
    .select([
      sql<number>`count(reward)`.as('judged'),
      sql<number>`coalesce(sum(case when reward >= 1 then 1 else 0 end), 0)`.as('correct'),
      sql<number>`coalesce(sum(reward), 0)`.as('reward_sum'),
    ])
    .executeTakeFirstOrThrow()
  await tx.updateTable('evaluation_run').set({ ...counted, ...noBounds }).where('id', '=', id).execute()
}

/** @returns false where there is no such result */
export async function insertVerdict(tx: Transaction<LogTables>, { runId, sampleId, repeat }: ResultKey, verdict: HumanVerdict | null, now: number): Promise<boolean> {
  const id = toStoredText(runId)
  const audited = await tx
    .updateTable('evaluation_result')
    .set(toVerdictColumns(verdict))
    .where('run_id', '=', id)
    .where('sample_id', '=', toStoredText(sampleId))
    .where('repeat', '=', repeat)
    .returning(['run_id', 'position', 'repeat'])
    .executeTakeFirst()
  if (audited === undefined) return false
  const { number } = await tx.selectFrom('evaluation_verdict').select(nextNumber).where((column) => column.and(audited)).executeTakeFirstOrThrow()
  await tx.insertInto('evaluation_verdict').values({ ...audited, number, verdict: verdict === null ? null : toStoredJson(verdict), created_at: now }).execute()
  return true
}

/** False where the run has it already. */
async function insertResult(tx: Transaction<LogTables>, path: string, runId: string, result: NewResult, now: number): Promise<boolean> {
  const { sampleId, repeat, text } = result.result
  const sample = await tx
    .selectFrom('evaluation_run')
    .innerJoin('dataset_sample', 'dataset_sample.dataset_id', 'evaluation_run.dataset_id')
    .select(['dataset_sample.dataset_id', 'position', 'kind', 'text', 'messages'])
    .where('evaluation_run.id', '=', runId)
    .where('dataset_sample.sample_id', '=', toStoredText(sampleId))
    .executeTakeFirst()
  if (sample === undefined) throw new Error(`internal: sample ${sampleId} of evaluation run ${runId} is in no recorded dataset`)
  const place: ResultPlace = { run_id: runId, position: sample.position, repeat }
  const inserted = await tx
    .insertInto('evaluation_result')
    .values(toResultRow(place, result, now))
    .onConflict((conflict) => conflict.columns(['run_id', 'position', 'repeat']).doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows !== 1n) return false
  await tx.insertInto('evaluation_output').values(toOutputRow(place, result)).execute()
  for (const former of toFormerJudgementRows(place, result)) await tx.insertInto('evaluation_former_judgement').values(former).execute()
  const samplePrompt = fromPromptColumns(readRow({ path, table: 'dataset_sample', id: `${sample.dataset_id}/${sample.position}` }, promptColumnsSchema, sample))
  for (const turn of result.turns) {
    await tx.insertInto('evaluation_turn').values(toTurnRow(place, turn, { samplePrompt, resultText: text })).execute()
    for (const row of turn.record.weaves.flatMap((weave) => toLatentsRows(place, turn.turn, weave))) {
      await tx.insertInto('evaluation_latents').values(row).execute()
    }
  }
  return true
}

function totalsOf({ result }: NewResult): typeof noTotals {
  const { judgement, tokenCount, insertions, error } = result
  const { reward } = judgement
  return {
    done: 1,
    judged: Number(reward !== null),
    correct: Number(reward !== null && reward >= 1),
    reward_sum: reward ?? 0,
    failed: Number(error !== null),
    tokens: tokenCount,
    prompt_insertions: insertions.prompt,
    inference_insertions: insertions.inference,
  }
}
