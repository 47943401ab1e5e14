/**
 * @file Whether a run of one's own may be held against a published number: a checklist with a reason for each answer. It looks at what is
 * recorded of the run and at what was published, and at no result.
 */
import type { EvaluationRun } from '../domain/evaluation.ts'
import type { MemoryPolicy } from '../domain/memory-policy.ts'
import { paperTestSets, paperTaskTitles, type Anchor } from './anchor.ts'

export type Answer = 'yes' | 'no' | 'unknown'

export interface ComparabilityCheck {
  readonly question: 'Model' | 'Method' | 'Split' | 'Samples' | 'Prompt' | 'Sampling'
  readonly answer: Answer
  /** One sentence. */
  readonly reason: string
}

/** What of a run is looked at. */
export type ComparedRun = Pick<EvaluationRun, 'modelName' | 'plan' | 'provenance' | 'status' | 'total' | 'totals' | 'accuracy' | 'importedFrom'>

type Check = (run: ComparedRun, anchor: Anchor) => Omit<ComparabilityCheck, 'question'>

const checks: Readonly<Record<ComparabilityCheck['question'], Check>> = {
  Model: checkModel,
  Method: checkMethod,
  Split: checkSplit,
  Samples: checkSamples,
  Prompt: checkPrompt,
  Sampling: checkSampling,
}

/** In the order in which a reader would ask. */
export function comparability(run: ComparedRun, anchor: Anchor): ComparabilityCheck[] {
  return Object.entries(checks).map(([question, check]) => ({ question: question as ComparabilityCheck['question'], ...check(run, anchor) })) // keys of `checks`
}

/** Anchors of the run's task, those with the most that is alike first; ties keep the tables' order. */
export function matchingAnchors(run: ComparedRun, anchors: readonly Anchor[]): { anchor: Anchor; checks: ComparabilityCheck[] }[] {
  return anchors
    .filter(({ task }) => task === run.plan.task.name)
    .map((anchor) => ({ anchor, checks: comparability(run, anchor) }))
    .toSorted((a, b) => weightOf(b.checks) - weightOf(a.checks))
}

const weights: Readonly<Record<Answer, number>> = { yes: 1, unknown: 0, no: -2 }

function weightOf(of: readonly ComparabilityCheck[]): number {
  return of.reduce((sum, { answer, question }) => sum + weights[answer] * (question === 'Model' ? 3 : question === 'Method' ? 2 : 1), 0)
}

/** The run's accuracy less the published one, with the run's own interval; null while nothing is judged. What is published has no interval. */
export function differenceFrom(run: ComparedRun, anchor: Anchor): { estimate: number; low: number; high: number } | null {
  if (run.accuracy === null) return null
  const { estimate, low, high } = run.accuracy
  return { estimate: estimate - anchor.accuracy, low: low - anchor.accuracy, high: high - anchor.accuracy }
}

function checkModel({ modelName, provenance }: ComparedRun, { model }: Anchor): ReturnType<Check> {
  const known = [modelName, ...Object.values(provenance?.model.location ?? {}).filter((path) => path !== undefined)]
  const wanted = plainName(model)
  if (known.some((name) => plainName(name).includes(wanted))) return { answer: 'yes', reason: `Named like ${model}; no weights’ hash was published to hold it against.` }
  if (provenance === null) return { answer: 'unknown', reason: `Published for ${model}; the run’s weights are not recorded.` }
  return { answer: 'no', reason: `Published for ${model}; this is ${modelName}.` }
}

/** `Qwen/Qwen2.5-1.5B-Instruct` and `qwen25_1.5b` alike. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Which policy a published method is, as far as its name tells; null where it is another kind of method. */
const policyOfMethod: readonly (readonly [RegExp, (policy: MemoryPolicy) => boolean])[] = [
  [/^vanilla$/i, ({ kind }) => kind === 'vanilla'],
  [/^random p=/i, ({ kind }) => kind === 'random'],
  [/^all delimiters$/i, ({ kind }) => kind === 'always'],
  [/^(memgen|trained trigger|weaver )/i, ({ kind }) => kind === 'trigger'],
]

function checkMethod({ plan }: ComparedRun, { method, kind }: Anchor): ReturnType<Check> {
  const { policy, intervention } = plan.config
  const rule = policyOfMethod.find(([pattern]) => pattern.test(method))
  if (rule === undefined) return { answer: 'no', reason: `“${method}” is another method than any memory policy.` }
  const probability = /p=([\d.]+)/.exec(method)?.[1]
  if (!rule[1](policy) || (policy.kind === 'random' && policy.probability !== Number(probability))) return { answer: 'no', reason: `Published for “${method}”; this run’s policy is ${policyName(policy)}.` }
  if (intervention !== null) return { answer: 'no', reason: `Latents were changed (${intervention.kind}).` }
  if (policy.kind === 'vanilla') return { answer: 'yes', reason: 'No memory in either.' }
  return { answer: 'unknown', reason: `The policy is the same; whether the checkpoint was trained as ${kind === 'paper' ? 'the paper’s' : 'theirs'} (“${method}”) is not recorded.` }
}

function policyName(policy: MemoryPolicy): string {
  return policy.kind === 'random' ? `random p=${policy.probability}` : policy.kind
}

function checkSplit({ plan }: ComparedRun): ReturnType<Check> {
  return plan.task.split === 'test' ? { answer: 'yes', reason: 'The test split.' } : { answer: 'no', reason: `The ${plan.task.split} split; published numbers are of the test split.` }
}

function checkSamples({ plan, status, total, totals }: ComparedRun, { task, kind }: Anchor): ReturnType<Check> {
  const count = Math.round(total / plan.repeats)
  if (count === 0) return { answer: 'unknown', reason: 'The dataset has not been read yet.' }
  const samples = count.toLocaleString('en')
  if (totals.done < total) return { answer: 'no', reason: `${totals.done.toLocaleString('en')} of ${total.toLocaleString('en')} results so far${status === 'running' ? '' : `, ${status}`}.` }
  if (kind === 'reproduction') return { answer: 'unknown', reason: `${samples} samples here; see the note for what the source reports.` }
  const set = paperTestSets[task]
  if (set === undefined) return { answer: 'unknown', reason: `${samples} samples here; the paper does not say how many it used.` }
  if (Math.abs(count - set.count) <= set.rounding) return { answer: 'yes', reason: `${samples} samples; the paper’s test set has ${set.printed}.` }
  if (count === set.published) return { answer: 'unknown', reason: `${samples} samples, all of the published test set; the paper’s table of data says ${set.printed}.` }
  return { answer: 'no', reason: `${samples} samples; the paper’s test set has ${set.printed}.` }
}

/** Tasks whose prompt the reference code defines (docs/REFERENCE.md 11). */
const tasksWithPrompt: readonly string[] = ['gsm8k', 'gpqa', 'kodcode', 'triviaqa']

function checkPrompt({ plan, importedFrom }: ComparedRun, { task }: Anchor): ReturnType<Check> {
  if (importedFrom !== null) return { answer: 'unknown', reason: 'Imported; how it was asked and scored is not recorded.' }
  if (plan.task.name !== task) return { answer: 'no', reason: `Asked as the task ${plan.task.name}, not as ${paperTaskTitles[task]}.` }
  if (plan.task.scoring !== null) return { answer: 'no', reason: `Scored by “${plan.task.scoring.kind}” instead of the task’s own rule.` }
  if (!tasksWithPrompt.includes(task)) return { answer: 'unknown', reason: `The reference code has no prompt for ${paperTaskTitles[task]}.` }
  return { answer: 'yes', reason: 'Asked and scored as the reference code does; the paper prints no other prompt.' }
}

function checkSampling({ plan, importedFrom }: ComparedRun, { task }: Anchor): ReturnType<Check> {
  if (importedFrom !== null) return { answer: 'unknown', reason: 'Imported; how tokens were chosen is not recorded.' }
  const { sampling } = plan.config
  const isGreedy = !sampling.doSample || sampling.temperature === 0
  const asked = isGreedy ? 'Greedy' : `Sampled at temperature ${sampling.temperature}`
  // The reference's configurations for evaluation: temperature 0 for all tasks but GPQA's 1, with do_sample off everywhere.
  if (task === 'gpqa') return { answer: 'unknown', reason: `${asked}; the reference’s configuration has temperature 1 but no sampling, and the paper does not say.` }
  if (isGreedy && sampling.repetitionPenalty === 1) return { answer: 'yes', reason: 'Greedy, as the reference’s configuration; the paper itself does not say.' }
  return { answer: 'no', reason: isGreedy ? `A repetition penalty of ${sampling.repetitionPenalty}; the reference’s configuration has none.` : `${asked}; the reference’s configuration is greedy.` }
}
