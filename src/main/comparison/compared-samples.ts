/** @file Samples of several runs side by side: those of one cell of the transition matrix, those that a search finds, a page at a time. It computes no statistics. */
import type { ComparedSample, ComparedSamplesRequest } from '../../shared/domain/comparison.ts'
import type { EvaluationRun, SampleResult } from '../../shared/domain/evaluation.ts'
import type { TaskSample } from '../../shared/domain/task.ts'
import type { EvaluationLog } from '../log/index.ts'
import { requireRun, requireRuns } from './compare-runs.ts'
import { sampleOutcomes, transitionOf } from './sample-outcomes.ts'

type SampleReader = Pick<EvaluationLog, 'doneKeys' | 'getRun' | 'listResults' | 'resultsOfSamples' | 'samplesOf' | 'summariesOf'>

/**
 * In the order of the baseline's dataset; samples that only other runs have come after it.
 * @throws EvaluationNotFoundError
 */
export async function comparedSamples(log: SampleReader, request: ComparedSamplesRequest): Promise<{ samples: ComparedSample[]; total: number }> {
  const baseline = await requireRun(log, request.baselineId)
  const runs = await requireRuns(log, request.runIds)
  const samples = await samplesOfRuns(log, [baseline, ...runs])
  const isInCell = await cellFilter(log, request)
  const isDifferent = await differenceFilter(log, request)
  const isFound = await searchFilter(log, request)
  const found = samples.filter((sample) => isInCell(sample.id) && isDifferent(sample.id) && isFound(sample))
  const page = found.slice(request.offset, request.offset + request.limit)
  const results = await Promise.all(runs.map(async (run) => bySample(await log.resultsOfSamples(run.id, page.map(({ id }) => id)))))
  return {
    samples: page.map((sample) => ({
      sampleId: sample.id,
      domain: sample.domain,
      question: questionOf(sample),
      solution: sample.solution,
      results: results.map((ofRun) => ofRun.get(sample.id) ?? []),
    })),
    total: found.length,
  }
}

/** Samples with a result in at least one run, each once. */
async function samplesOfRuns(log: SampleReader, runs: readonly EvaluationRun[]): Promise<TaskSample[]> {
  const samples = new Map<string, TaskSample>()
  for (const datasetId of new Set(runs.flatMap(({ datasetId }) => datasetId ?? []))) {
    for (const sample of await log.samplesOf(datasetId)) if (!samples.has(sample.id)) samples.set(sample.id, sample)
  }
  const answered = new Set<string>()
  for (const { id } of runs) for (const { sampleId } of await log.doneKeys(id)) answered.add(sampleId)
  return [...samples.values()].filter(({ id }) => answered.has(id))
}

async function cellFilter(log: SampleReader, { runIds, baselineId, cell, cellRunId, usesHumanVerdicts }: ComparedSamplesRequest): Promise<(sampleId: string) => boolean> {
  const otherId = cellRunId ?? runIds.find((runId) => runId !== baselineId)
  if (cell === null || otherId === undefined) return () => true
  const before = sampleOutcomes(await log.summariesOf(baselineId), usesHumanVerdicts)
  const after = sampleOutcomes(await log.summariesOf(otherId), usesHumanVerdicts)
  return (sampleId) => {
    const [baseline, other] = [before.get(sampleId), after.get(sampleId)]
    return baseline !== undefined && other !== undefined && transitionOf(baseline, other) === cell
  }
}

/** Runs that did not judge the sample have no say. */
async function differenceFilter(log: SampleReader, { runIds, onlyDifferent, usesHumanVerdicts }: ComparedSamplesRequest): Promise<(sampleId: string) => boolean> {
  if (!onlyDifferent) return () => true
  const outcomes = await Promise.all(runIds.map(async (runId) => sampleOutcomes(await log.summariesOf(runId), usesHumanVerdicts)))
  return (sampleId) => new Set(outcomes.flatMap((ofRun) => ofRun.get(sampleId)?.isRight ?? [])).size > 1
}

/** Finds a sample by itself, or by what a run answered. */
async function searchFilter(log: SampleReader, { runIds, search }: ComparedSamplesRequest): Promise<(sample: TaskSample) => boolean> {
  const wanted = search.trim().toLowerCase()
  if (wanted === '') return () => true
  const answers = await Promise.all(runIds.map((runId) => log.listResults({ runId, show: 'all', search: wanted, offset: 0, limit: Number.MAX_SAFE_INTEGER })))
  const answered = new Set(answers.flatMap(({ results }) => results.map(({ sampleId }) => sampleId)))
  return (sample) => answered.has(sample.id) || [sample.id, sample.domain ?? '', questionOf(sample), sample.solution ?? ''].some((text) => text.toLowerCase().includes(wanted))
}

function bySample(results: readonly SampleResult[]): Map<string, SampleResult[]> {
  const grouped = Map.groupBy(results, ({ sampleId }) => sampleId)
  for (const repeats of grouped.values()) repeats.sort((a, b) => a.repeat - b.repeat)
  return grouped
}

/** The last user message; a prompt without one is its own question. */
function questionOf({ prompt }: TaskSample): string {
  if (prompt.kind === 'text') return prompt.text
  return (prompt.messages.findLast(({ role }) => role === 'user') ?? prompt.messages.at(-1))?.content ?? ''
}
