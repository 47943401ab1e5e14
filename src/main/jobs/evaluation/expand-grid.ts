/** @file A grid as its runs, each with a name and with what a careful person should know about it. Reads and starts nothing. */
import { isDeepStrictEqual } from 'node:util'
import type { EvaluationPlan, ExperimentRequest } from '../../../shared/domain/evaluation.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { SamplingConfig } from '../../../shared/domain/sampling.ts'
import { formatMemoryName } from '../../../shared/domain/memory-name.ts'
import type { ModelFacts } from './model-facts.ts'
import { formatPolicyArm } from './policy-arm-text.ts'

export interface GridModel {
  readonly name: string
  readonly facts: ModelFacts
}

export interface PlannedRun {
  readonly name: string
  readonly modelName: string
  readonly plan: EvaluationPlan
  /** One sentence each. */
  readonly warnings: readonly string[]
}

/** Every combination, models outermost, so that each is loaded once; within a model tasks, then arms, samplings and seeds. */
export function expandGrid(request: ExperimentRequest, modelOf: (modelId: ModelId) => GridModel): PlannedRun[] {
  const plans = request.models.flatMap((modelId) =>
    request.tasks.flatMap((task) =>
      request.arms.flatMap(({ policy, intervention }) =>
        request.samplings.flatMap((sampling) =>
          request.seeds.map((seed): EvaluationPlan => {
            const { repeats, latents, batchSize } = request
            return { modelId, task, config: { ...request.config, policy, intervention, sampling, seed }, repeats, latents, batchSize }
          }),
        ),
      ),
    ),
  )
  const names = distinguish(plans.map((plan) => nameRun(plan, request, modelOf(plan.modelId))))
  return plans.map((plan, index) => ({
    name: names[index] ?? '',
    modelName: modelOf(plan.modelId).name,
    plan,
    warnings: [...warnAbout(plan, modelOf(plan.modelId).facts), ...warnAboutTwin(plans, index, names)],
  }))
}

/** What is odd about the grid as a whole; one sentence each. */
export function warnAboutGrid({ arms, samplings, seeds, repeats, config }: ExperimentRequest): string[] {
  const fixed = namesOf(arms.filter(({ policy, intervention }) => samplings.some((sampling) => isDeterministic({ ...config, policy, intervention, sampling }))))
  const random = namesOf(arms.filter(({ policy }) => policy.kind === 'random'))
  const warnings: string[] = []
  if (fixed !== '' && seeds.length > 1) warnings.push(`Greedy runs of ${fixed} draw nothing, so their ${seeds.length} seeds give the same results ${seeds.length} times.`)
  else if (fixed !== '' && repeats > 1) warnings.push(`Greedy runs of ${fixed} draw nothing, so their ${repeats} repeats are the same.`)
  if (random !== '' && seeds.length === 1) warnings.push(`Where ${random} inserts is drawn from seed ${seeds[0]} alone: other seeds show how much the draw matters.`)
  return warnings
}

function namesOf(arms: ExperimentRequest['arms']): string {
  return arms.map(formatPolicyArm).join(', ')
}

/** `gsm8k trigger pn=1_pl=8_in=5_il=8 seed 42`; the model and the sampling are named where the grid has several. */
function nameRun({ task, config }: EvaluationPlan, { models, samplings }: ExperimentRequest, { name, facts }: GridModel): string {
  const memory = facts.memory === null ? [] : [formatMemoryName({ ...facts.memory, maxInferenceAugNum: config.maxInferenceAugNum ?? facts.memory.maxInferenceAugNum })]
  const split = task.split === 'test' ? [] : [task.split]
  return [...(models.length > 1 ? [name] : []), task.name, ...split, formatPolicyArm(config), ...memory, ...(samplings.length > 1 ? [describeSampling(config.sampling)] : []), `seed ${config.seed}`].join(' ')
}

function describeSampling({ doSample, temperature, topK, topP, minP, repetitionPenalty }: SamplingConfig): string {
  const filters = [...(topK === 0 ? [] : [`top-k ${topK}`]), ...(topP === 1 ? [] : [`top-p ${topP}`]), ...(minP === 0 ? [] : [`min-p ${minP}`]), ...(repetitionPenalty === 1 ? [] : [`penalty ${repetitionPenalty}`])]
  return [doSample ? `T=${temperature}` : 'greedy', ...filters].join(' ')
}

/** Equal names get a number: ` #2`. */
function distinguish(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} #${count}`
  })
}

function warnAbout({ task, config, repeats }: EvaluationPlan, { memory, triggerProblem, problem }: ModelFacts): string[] {
  const { policy, intervention, sampling } = config
  const warnings: string[] = []
  if (problem !== null) warnings.push(`The model could not be inspected: ${problem}`)
  else if (memory === null && policy.kind !== 'vanilla') warnings.push(`This model has no memory: ${policy.kind} cannot run.`)
  if (policy.kind === 'trigger' && triggerProblem !== null && config.triggerActive !== false) warnings.push(`The trigger of this checkpoint was not trained: ${triggerProblem}`)
  if (policy.kind === 'vanilla' && intervention !== null) warnings.push(`Vanilla has no latents: ${intervention.kind} changes nothing.`)
  if (repeats > 1 && isDeterministic(config)) warnings.push(`Nothing is drawn here: the ${repeats} repeats of each sample are the same.`)
  if (sampling.doSample && sampling.temperature === 0) warnings.push('Sampling at temperature 0 is greedy.')
  if (task.name === 'kodcode' && task.codeExecution === 'refused') warnings.push('Model-written code is refused, so nothing can be judged: codeExecution says whether it may run.')
  if (task.name === 'triviaqa' && task.retriever === null) warnings.push('Without a retriever every search is an error of its sample.')
  if (intervention?.kind === 'other' && task.limit === 1) warnings.push('There is no other sample whose latents could be taken.')
  return warnings
}

function warnAboutTwin(plans: readonly EvaluationPlan[], index: number, names: readonly string[]): string[] {
  const twin = plans.findIndex((plan) => isDeepStrictEqual(plan, plans[index]))
  return twin < index ? [`It is the same as ${names[twin] ?? ''}.`] : []
}

type Drawing = Pick<EvaluationPlan['config'], 'policy' | 'intervention' | 'sampling' | 'triggerDoSample'>

/** Whether neither tokens nor decisions nor latents are drawn, so that the seed says nothing. */
function isDeterministic({ policy, intervention, sampling, triggerDoSample }: Drawing): boolean {
  const drawsTokens = sampling.doSample && sampling.temperature > 0
  const drawsDecisions = policy.kind === 'random' || (policy.kind === 'trigger' && triggerDoSample)
  const drawsLatents = intervention !== null && ['shuffle', 'random-norm', 'other'].includes(intervention.kind) && policy.kind !== 'vanilla'
  return !drawsTokens && !drawsDecisions && !drawsLatents
}
