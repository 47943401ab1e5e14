/** @file What expressions over an evaluation run may ask for. It does not know the grammar (src/shared/debugging) nor where runs are listed. */
import { generalFunctions, type ExpressionFunction, type Variable, type Vocabulary } from '../debugging/index.ts'
import type { EvaluationRun } from '../domain/evaluation.ts'
import { insertionsPerCompletion, meanReward, shareDone, tokensPerCompletion, tokensPerSecond } from './run-readings.ts'

export interface RunScope {
  run: EvaluationRun
  /** Unix milliseconds. */
  now: number
}

const DAY_MS = 86_400_000
/** As git abbreviates them. */
const COMMIT_LENGTH = 7
const text = ['text'] as const

const variables = {
  task: { type: 'text', meaning: 'Task, such as "gsm8k"', read: ({ run }) => run.plan.task.name },
  split: { type: 'text', meaning: '"train", "valid" or "test"', read: ({ run }) => run.plan.task.split },
  model: { type: 'text', meaning: 'The model’s name', read: ({ run }) => run.modelName },
  policy: { type: 'text', meaning: '"vanilla", "prompt-only", "trigger", "always", "random", …', read: ({ run }) => run.plan.config.policy.kind },
  probability: { type: 'number', meaning: 'Of the policy "random"; null for others', read: ({ run: { plan: { config: { policy } } } }) => (policy.kind === 'random' ? policy.probability : null) },
  intervention: { type: 'text', meaning: 'What is done to the latents, such as "zero"; null where nothing is', read: ({ run }) => run.plan.config.intervention?.kind ?? null },
  seed: { type: 'number', meaning: 'The seed', read: ({ run }) => run.plan.config.seed },
  repeats: { type: 'number', meaning: 'Generations of each sample', read: ({ run }) => run.plan.repeats },
  temperature: { type: 'number', meaning: 'Sampling temperature; 0 where the likeliest token is taken', read: ({ run: { plan: { config: { sampling } } } }) => (sampling.doSample ? sampling.temperature : 0) },
  maxNewTokens: { type: 'number', meaning: 'Tokens a completion may have', read: ({ run }) => run.plan.config.maxNewTokens },
  status: { type: 'text', meaning: '"queued", "running", "paused", "cancelled", "finished" or "failed"', read: ({ run }) => run.status },
  accuracy: { type: 'number', meaning: 'Share of judged results that are right, 0 to 1', read: ({ run }) => run.accuracy?.estimate ?? null },
  'accuracy.low': { type: 'number', meaning: 'Lower end of its 95 % interval', read: ({ run }) => run.accuracy?.low ?? null },
  'accuracy.high': { type: 'number', meaning: 'Upper end of its 95 % interval', read: ({ run }) => run.accuracy?.high ?? null },
  reward: { type: 'number', meaning: 'Mean reward of judged results', read: ({ run }) => meanReward(run) },
  n: { type: 'number', meaning: 'Judged results', read: ({ run }) => run.totals.judged },
  done: { type: 'number', meaning: 'Share of results that are there, 0 to 1', read: ({ run }) => shareDone(run) },
  errors: { type: 'number', meaning: 'Results that ended in an error', read: ({ run }) => run.totals.failed },
  insertions: { type: 'number', meaning: 'Latent blocks of a completion, on average', read: ({ run }) => insertionsPerCompletion(run) },
  tokens: { type: 'number', meaning: 'Tokens of a completion, on average', read: ({ run }) => tokensPerCompletion(run) },
  tokensPerSecond: { type: 'number', meaning: 'Generated tokens a second', read: ({ run }) => tokensPerSecond(run) },
  starred: { type: 'boolean', meaning: 'Whether it has a star', read: ({ run }) => run.isStarred },
  trashed: { type: 'boolean', meaning: 'Whether it lies in the trash', read: ({ run }) => run.trashedAt !== null },
  age: { type: 'number', meaning: 'Days since it was made', read: ({ run, now }) => (now - run.createdAt) / DAY_MS },
  createdAt: { type: 'number', meaning: 'When it was made, to compare with date("2026-01-31")', read: ({ run }) => run.createdAt },
  experiment: { type: 'text', meaning: 'The experiment’s name', read: ({ run }) => run.experimentName },
  name: { type: 'text', meaning: 'The run’s name', read: ({ run }) => run.name },
  note: { type: 'text', meaning: 'What was noted on it', read: ({ run }) => run.note },
  dataset: { type: 'text', meaning: 'Id of the data it read; null before it began', read: ({ run }) => run.datasetId },
  device: { type: 'text', meaning: 'What computed it, such as "cpu"; null before it began', read: ({ run }) => run.computedWith?.device ?? null },
  precision: { type: 'text', meaning: '"f32", "q8" or "q4"; null before it began', read: ({ run }) => run.computedWith?.precision ?? null },
  commit: { type: 'text', meaning: 'The commit of the project that it ran on; null where it is not known', read: ({ run }) => run.computedWith?.commit?.slice(0, COMMIT_LENGTH) ?? null },
} as const satisfies Record<string, Variable<RunScope>>

const functions = {
  hasTag: { signature: 'hasTag(tag)', meaning: 'Whether the run has the tag', parameters: [text], type: 'boolean', answer: ([tag], { run }) => run.tags.includes(String(tag)) },
  date: { signature: 'date("2026-01-31")', meaning: 'The beginning of a day in UTC, to compare with createdAt; null for what is none', parameters: [text], type: 'number', answer: ([day]) => beginningOf(String(day)) },
  ...generalFunctions,
} as const satisfies Record<string, ExpressionFunction<RunScope>>

export const runVocabulary: Vocabulary<RunScope> = {
  variables: new Map<string, Variable<RunScope>>(Object.entries(variables)),
  functions: new Map<string, ExpressionFunction<RunScope>>(Object.entries(functions)),
}

function beginningOf(day: string): number | null {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  return Number.isNaN(time) ? null : time
}
