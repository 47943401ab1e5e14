/** @file Results of the demo's evaluations as the report needs them, from the log. It runs nothing. */
import type { EvaluationRunId } from '../src/shared/domain/experiment-ids.ts'
import type { EvaluationLog } from '../src/main/log/index.ts'

export interface EvaluatedRow {
  /** The policy as it was written, its intervention included. */
  readonly policy: string
  readonly sampleId: string
  /** null where it could not be judged. */
  readonly reward: number | null
  readonly tokenCount: number
  readonly insertions: { readonly prompt: number; readonly inference: number }
  /** Steps at which the policy was asked. */
  readonly decisions: readonly { readonly step: number; readonly decision: number }[]
}

export async function readEvaluatedRows(log: EvaluationLog, runId: EvaluationRunId, policy: string): Promise<EvaluatedRow[]> {
  const decisions = new Map<string, EvaluatedRow['decisions']>()
  for await (const { sampleId, record } of log.turnsOf(runId)) decisions.set(sampleId, record.asked.map(({ stepIndex, decision }) => ({ step: stepIndex, decision })))
  return (await log.summariesOf(runId)).map(({ sampleId, reward, tokenCount, insertions }) => ({ policy, sampleId, reward, tokenCount, insertions, decisions: decisions.get(sampleId) ?? [] }))
}
