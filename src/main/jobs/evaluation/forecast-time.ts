/** @file How long a grid would compute, by the pace of runs that were really made. It measures nothing, and reads neither log nor devices. */
import { isDeepStrictEqual } from 'node:util'
import type { EvaluationPlan, ExperimentForecast, Provenance } from '../../../shared/domain/evaluation.ts'
import type { Placement } from '../../../shared/domain/model.ts'
import type { TaskRequest } from '../../../shared/domain/task.ts'
import type { MeasuredRun } from '../../log/index.ts'

export interface PlannedWork {
  readonly plan: EvaluationPlan
  readonly sampleCount: number
  /** Of the task. */
  readonly maxTurns: number
}

/** A planned run with the made one whose pace it is given. */
interface TimedWork {
  readonly plan: EvaluationPlan
  readonly model: MeasuredRun
  readonly computeMs: number
}

/** Whether the run's pace tells anything of one that is computed there now. A first batch alone ends with its shortest answers. */
export function isMadeAs({ provenance, plan, done, total }: MeasuredRun, { device, precision }: Placement, host: Provenance['host']): boolean {
  const { platform, cpu, cores } = provenance.host
  const isHere = platform === host.platform && cpu === host.cpu && cores === host.cores
  return isHere && provenance.device === device && provenance.precision === precision && done >= Math.min(total, plan.batchSize)
}

/**
 * Runs of the same task tell how many results a second there are; those of another only how many tokens, and then every answer counts as
 * long as it may be. null where no run of any of the models was made.
 * @param measured newest first, made as the grid would be now
 */
export function forecastTime(works: readonly PlannedWork[], measured: readonly MeasuredRun[]): ExperimentForecast['time'] {
  const timed = works.flatMap((work): TimedWork[] => {
    const model = findMostAlike(work.plan, measured)
    return model === null ? [] : [{ plan: work.plan, model, computeMs: timeAs(model, work) }]
  })
  if (timed.length === 0) return null
  return { computeMs: timed.reduce((sum, { computeMs }) => sum + computeMs, 0), basis: describeBasis(timed, works.length) }
}

/** The newest of those with most in common. */
function findMostAlike(plan: EvaluationPlan, measured: readonly MeasuredRun[]): MeasuredRun | null {
  const ofModel = measured.filter((run) => run.plan.modelId === plan.modelId)
  return ofModel.reduce<MeasuredRun | null>((best, run) => (best === null || likeness(run.plan, plan) > likeness(best.plan, plan) ? run : best), null)
}

/** What changes the pace most counts more than all that follows. */
function likeness(one: EvaluationPlan, other: EvaluationPlan): number {
  const alike = [
    isSameTask(one.task, other.task),
    one.config.policy.kind === other.config.policy.kind,
    one.config.maxNewTokens === other.config.maxNewTokens,
    one.batchSize === other.batchSize,
  ]
  return alike.reduce((score, isAlike) => 2 * score + Number(isAlike), 0)
}

/** A table of one's own is a task of its own. */
function isSameTask(one: TaskRequest, other: TaskRequest): boolean {
  return one.name === other.name && (one.name !== 'generic' || isDeepStrictEqual([one.source, one.fields], [other.source, other.fields]))
}

function timeAs(model: MeasuredRun, { plan, sampleCount, maxTurns }: PlannedWork): number {
  const results = sampleCount * plan.repeats
  if (isSameTask(model.plan.task, plan.task)) return (results * model.elapsedMs) / model.done
  return (results * maxTurns * plan.config.maxNewTokens * model.elapsedMs) / model.tokens
}

function describeBasis(timed: readonly TimedWork[], runCount: number): string {
  const ranBefore = ({ plan, model }: TimedWork): boolean => isSameTask(model.plan.task, plan.task)
  const known = timed.filter(ranBefore)
  const strange = timed.filter((work) => !ranBefore(work))
  const clauses: string[] = []
  if (known.length > 0) clauses.push(describeKnown(known))
  if (strange.length > 0) clauses.push(`${known.length > 0 ? 'on other tasks ' : ''}if every answer is as long as it may be (${rateOf(strange, ({ tokens }) => tokens, 1_000)} tokens/s, as ${lastRuns(strange)} on another task)`)
  if (timed.length < runCount) clauses.push(`${runCount - timed.length} of the ${runCount} runs not counted: nothing was measured of their model`)
  return clauses.join('; ')
}

function describeKnown(works: readonly TimedWork[]): string {
  const tasks = new Set(works.map(({ plan }) => JSON.stringify(plan.task))).size === 1 ? 'this task' : 'these tasks'
  const strangeCount = works.filter(({ plan, model }) => plan.config.policy.kind !== model.plan.config.policy.kind).length
  const policies = strangeCount === 0 ? '' : `,${strangeCount < works.length ? ' partly' : ''} under another policy`
  return `as ${lastRuns(works)} on ${tasks}${policies} (${rateOf(works, ({ done }) => done, 60_000)} samples/min)`
}

function lastRuns(works: readonly TimedWork[]): string {
  const runs = new Set(works.map(({ model }) => model)).size === 1 ? 'the last run' : 'the last runs'
  return `${runs} of ${new Set(works.map(({ plan }) => plan.modelId)).size === 1 ? 'this model' : 'these models'}`
}

/** "38", "9.5 to 120": the slowest and the fastest where they differ. @param perMs of the unit of time */
function rateOf(works: readonly TimedWork[], count: (run: MeasuredRun) => number, perMs: number): string {
  const rates = works.map(({ model }) => (count(model) * perMs) / model.elapsedMs)
  const [slowest, fastest] = [Math.min(...rates), Math.max(...rates)].map((rate) => (rate < 10 ? rate.toPrecision(2) : rate.toFixed(0)))
  return slowest === fastest ? `${slowest}` : `${slowest} to ${fastest}`
}
