/** @file A run's recorded turns judged again. It generates nothing and keeps former judgements where they are. */
import { isDeepStrictEqual } from 'node:util'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { Judgement, Scoring, TaskRequest, TaskSample } from '../../../shared/domain/task.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { createEnvironment, judgeText, type Environment, type Turn } from '../../tasks/index.ts'

/** Results whose turns are held in memory at a time. */
const PAGE = 100

/**
 * Counts the judgements that came out otherwise; a run that has not read its dataset has none.
 * @param scoring null is the task's own
 * @throws what the log throws, or the signal's reason
 */
export async function rescoreRun(
  log: EvaluationLog,
  { id: runId, datasetId, plan }: EvaluationRun,
  scoring: Scoring | null,
  { signal = new AbortController().signal }: { signal?: AbortSignal | undefined },
): Promise<{ changedCount: number }> {
  if (datasetId === null) return { changedCount: 0 }
  const samples = new Map((await log.samplesOf(datasetId)).map((sample) => [sample.id, sample]))
  const { judge, close } = scoring === null ? judgeIn(plan.task, signal) : judgeBy(scoring)
  const judgements: { sampleId: string; repeat: number; judgement: Judgement }[] = []
  let changedCount = 0
  try {
    for (let offset = 0; ; offset += PAGE) {
      const { results, total } = await log.listResults({ runId, show: 'all', search: '', offset, limit: PAGE })
      for (const { sampleId, repeat, judgement: former, error, finish } of results) {
        signal.throwIfAborted()
        // Where the environment failed nothing was answered in the end, and there is nothing to judge; what an engine wrote before it failed is judged.
        if (error !== null && finish !== 'error') continue
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
    await close()
  }
  await log.rescore(runId, scoring, judgements)
  return { changedCount }
}

/** The environment, whose episodes are judged by another scoring than its own. */
export function judgedBy(environment: Environment, scoring: Scoring): Environment {
  const { judge } = judgeBy(scoring)
  return {
    maxTurns: environment.maxTurns,
    prepare: async (watch) => environment.prepare?.(watch),
    set: (sample) => environment.set(sample),
    step: (sample, turns, text, tools) => environment.step(sample, turns, text, tools),
    reward: async (sample, turns) => judge(sample, turns),
    close: () => environment.close(),
  }
}

interface Judge {
  readonly judge: (sample: TaskSample, turns: readonly Turn[]) => Judgement | Promise<Judgement>
  readonly close: () => Promise<void>
}

function judgeIn(task: TaskRequest, signal: AbortSignal): Judge {
  const environment = createEnvironment(task)
  return { judge: (sample, turns) => environment.reward(sample, turns, signal), close: () => environment.close() }
}

/** The last turn's text, by a scoring that is not the task's own. */
function judgeBy(scoring: Scoring): Judge {
  return { judge: (sample, turns) => judgeText(scoring, sample, turns.at(-1)?.text ?? ''), close: async () => undefined }
}
