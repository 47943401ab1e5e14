/** @file A run's recorded turns judged again. It generates nothing and keeps former judgements where they are. */
import { isDeepStrictEqual } from 'node:util'
import type { EvaluationRun, RecordedTurn } from '../../../shared/domain/evaluation.ts'
import type { Judgement, Scoring, TaskSample } from '../../../shared/domain/task.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { createEnvironment, judgeText, type Environment } from '../../tasks/index.ts'

/** Results whose turns are held in memory at a time. */
const PAGE = 100

/**
 * A run of before its first sample has nothing to judge.
 * @param scoring null is the task's own
 * @throws what the log throws, or the signal's reason
 */
export async function rescoreRun(
  log: EvaluationLog,
  { id: runId, datasetId, plan }: EvaluationRun,
  scoring: Scoring | null,
  { signal = new AbortController().signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ changedCount: number }> {
  if (datasetId === null) return { changedCount: 0 }
  const samples = new Map((await log.samplesOf(datasetId)).map((sample) => [sample.id, sample]))
  const environment = scoring === null ? createEnvironment(plan.task) : null
  const judge = environment === null ? judgeBy(scoring ?? { kind: 'none' }) : judgeIn(environment, signal)
  const judgements: { sampleId: string; repeat: number; judgement: Judgement }[] = []
  let changedCount = 0
  try {
    for (let offset = 0; ; offset += PAGE) {
      const { results, total } = await log.listResults({ runId, show: 'all', search: '', offset, limit: PAGE })
      for (const { sampleId, repeat, judgement: former } of results) {
        signal.throwIfAborted()
        const kept = await log.getResult({ runId, sampleId, repeat })
        const sample = samples.get(sampleId)
        if (kept === undefined || sample === undefined) throw new Error(`internal: run ${runId} has a result of sample ${sampleId} without its turns or its sample`)
        const judgement = await judge(sample, kept.turns)
        if (!isDeepStrictEqual(judgement, former)) changedCount++
        judgements.push({ sampleId, repeat, judgement })
      }
      if (offset + PAGE >= total) break
    }
  } finally {
    await environment?.close()
  }
  await log.rescore(runId, scoring, judgements)
  return { changedCount }
}

type Judge = (sample: TaskSample, turns: readonly RecordedTurn[]) => Judgement | Promise<Judgement>

function judgeIn(environment: Environment, signal: AbortSignal): Judge {
  return (sample, turns) => environment.reward(sample, turns, signal)
}

/** The last turn's text, by a scoring that is not the task's own. */
function judgeBy(scoring: Scoring): Judge {
  return (sample, turns) => judgeText(scoring, sample, turns.at(-1)?.text ?? '')
}
