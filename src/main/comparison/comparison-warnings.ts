/** @file Where a comparison is not like with like, in sentences. It does not know what the runs found. */
import type { ComparisonWarning } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { Scoring } from '../../shared/domain/task.ts'
import { plural } from '../../shared/plural.ts'
import type { UnadjustedComparison } from './compare-pairs.ts'
import { modelHashes } from './model-files.ts'

/** What the results themselves say about being comparable. */
export interface ComparedResults {
  readonly pairs: readonly UnadjustedComparison[]
  /** For each run: samples of the same id that the baseline asked differently. */
  readonly otherPrompts: ReadonlyMap<EvaluationRunId, number>
  /** By what each run's texts were judged again; null where that is the task's own. */
  readonly lastScorings: ReadonlyMap<EvaluationRunId, Scoring | null>
}

/** @param run differs from `baseline`, or is the baseline itself where a rule looks at each run alone */
type Rule = (run: EvaluationRun, baseline: EvaluationRun, results: ComparedResults) => string | null

/** Each rule says what is odd about one run. Sentences that are the same for several runs become one warning. */
const rules: readonly { readonly kind: ComparisonWarning['kind']; readonly looksAtBaseline?: true; readonly sentence: Rule }[] = [
  {
    kind: 'unfinished',
    looksAtBaseline: true,
    sentence: ({ status, totals, total }) => (status === 'finished' ? null : `${status === 'failed' ? 'Failed' : `Is ${status}`} after ${totals.done} of ${total === 0 ? 'its' : total} results.`),
  },
  {
    kind: 'unjudged',
    looksAtBaseline: true,
    sentence: ({ totals }) => (totals.judged === totals.done ? null : `${plural(totals.done - totals.judged, 'result')} could not be judged and ${totals.done - totals.judged === 1 ? 'counts' : 'count'} nowhere.`),
  },
  {
    kind: 'samples',
    sentence: ({ id }, _, { pairs }) => {
      const pair = pairs.find(({ runId }) => runId === id)
      if (pair === undefined || (pair.unpaired.baseline === 0 && pair.unpaired.other === 0)) return null
      return `Other samples: ${pair.pairCount} were judged in both runs, ${pair.unpaired.baseline} in the baseline alone, ${pair.unpaired.other} in this run alone. Tests use those of both.`
    },
  },
  { kind: 'samples', sentence: (run, baseline) => (run.plan.repeats === baseline.plan.repeats ? null : `Each sample was generated ${run.plan.repeats} times, ${baseline.plan.repeats} in the baseline.`) },
  { kind: 'dataset', sentence: (run, baseline) => (run.datasetId === baseline.datasetId || run.datasetId === null || baseline.datasetId === null ? null : 'The samples were read from other files, or in another way.') },
  {
    kind: 'prompts',
    sentence: (run, baseline) => {
      const [task, other] = [run.plan.task, baseline.plan.task]
      return task.name === other.name && task.split === other.split ? null : `Another task: ${task.name} (${task.split}), the baseline is ${other.name} (${other.split}).`
    },
  },
  {
    kind: 'prompts',
    sentence: ({ id }, _, { otherPrompts }) => {
      const count = otherPrompts.get(id) ?? 0
      return count === 0 ? null : `${plural(count, 'sample')} of the same name ${count === 1 ? 'was' : 'were'} asked in other words.`
    },
  },
  {
    kind: 'seeds',
    sentence: ({ plan: { config } }, { plan: { config: other } }) => {
      // Greedy runs under policies without chance make no draws: their seed is a number that nothing reads.
      if (config.seed === other.seed || !(makesDraws(config) || makesDraws(other))) return null
      return `Seed ${config.seed}, the baseline has ${other.seed}: their draws differ, and so does chance.`
    },
  },
  {
    kind: 'limits',
    sentence: ({ plan: { config } }, { plan: { config: other } }) => (config.maxNewTokens === other.maxNewTokens ? null : `At most ${config.maxNewTokens} new tokens, ${other.maxNewTokens} in the baseline.`),
  },
  {
    kind: 'limits',
    sentence: ({ plan: { config } }, { plan: { config: other } }) => {
      const limit = ({ maxInferenceAugNum }: RunConfig): string => (maxInferenceAugNum === null ? "as many as the checkpoint's own limit" : `at most ${maxInferenceAugNum}`)
      return config.maxInferenceAugNum === other.maxInferenceAugNum ? null : `Insertions after the prompt: ${limit(config)}; in the baseline ${limit(other)}.`
    },
  },
  {
    kind: 'sampling',
    sentence: ({ plan: { config } }, { plan: { config: other } }) => {
      const differ = (['doSample', 'temperature', 'topK', 'topP', 'minP', 'repetitionPenalty'] as const).filter((name) => config.sampling[name] !== other.sampling[name])
      return differ.length === 0 ? null : `Tokens are chosen in another way: ${differ.map((name) => `${name} ${config.sampling[name]}, not ${other.sampling[name]}`).join('; ')}.`
    },
  },
  {
    kind: 'scoring',
    sentence: (run, baseline, { lastScorings }) => {
      const scoringOf = ({ id, plan }: EvaluationRun): string => JSON.stringify(lastScorings.get(id) ?? plan.task.scoring)
      return scoringOf(run) === scoringOf(baseline) ? null : 'Answers were judged in another way.'
    },
  },
  { kind: 'versions', sentence: otherVersions },
  { kind: 'model', sentence: otherWeights },
  {
    kind: 'model',
    looksAtBaseline: true,
    // A bundle brings its provenance along; files of other programs say little of model and config.
    sentence: ({ importedFrom, provenance }) => (importedFrom === null || provenance !== null ? null : 'Comes from another program: where its file said nothing of model and config, defaults stand here.'),
  },
]

/** One warning for each kind and sentence, with the runs it is about. */
export function comparisonWarnings(baseline: EvaluationRun, runs: readonly EvaluationRun[], results: ComparedResults): ComparisonWarning[] {
  const warnings = new Map<string, ComparisonWarning>()
  for (const { kind, looksAtBaseline = false, sentence } of rules) {
    for (const run of runs) {
      if (run.id === baseline.id && !looksAtBaseline) continue
      const message = sentence(run, baseline, results)
      if (message === null) continue
      const known = warnings.get(`${kind} ${message}`)
      warnings.set(`${kind} ${message}`, { kind, message, runIds: [...(known?.runIds ?? []), run.id] })
    }
  }
  return [...warnings.values()]
}

function makesDraws({ sampling, triggerDoSample, policy, intervention }: RunConfig): boolean {
  const isRandomized = intervention !== null && ['shuffle', 'random-norm', 'other'].includes(intervention.kind)
  return (sampling.doSample && sampling.temperature > 0) || triggerDoSample || policy.kind === 'random' || isRandomized
}

function otherVersions({ provenance }: EvaluationRun, { provenance: other }: EvaluationRun): string | null {
  if (provenance === null || other === null) return null
  const names = new Set([...Object.keys(provenance.versions), ...Object.keys(other.versions)])
  const differ = [...names].filter((name) => provenance.versions[name] !== other.versions[name]).map((name) => `${name} ${provenance.versions[name] ?? 'unknown'}, not ${other.versions[name] ?? 'unknown'}`)
  if (provenance.commit !== other.commit) differ.push(`commit ${provenance.commit?.slice(0, 8) ?? 'unknown'}, not ${other.commit?.slice(0, 8) ?? 'unknown'}`)
  const [place, otherPlace] = [provenance, other].map(({ device, precision }) => `${device} ${precision}`)
  if (place !== otherPlace) differ.push(`computed on ${place}, not on ${otherPlace}`)
  return differ.length === 0 ? null : `Computed by other software: ${differ.join('; ')}.`
}

/** Another checkpoint is what people compare; another reasoner below it, or other weights under the same name, they may not know of. */
function otherWeights(run: EvaluationRun, baseline: EvaluationRun): string | null {
  if (run.provenance === null || baseline.provenance === null) return null
  const isSameModel = run.plan.modelId === baseline.plan.modelId
  if (isSameModel && modelHashes(run.provenance) !== modelHashes(baseline.provenance)) return `The files of ${run.modelName} changed between the runs.`
  if (!isSameModel && modelHashes(run.provenance, 'reasoner/') !== modelHashes(baseline.provenance, 'reasoner/')) return `${run.modelName} stands on another reasoner than ${baseline.modelName}.`
  return null
}
