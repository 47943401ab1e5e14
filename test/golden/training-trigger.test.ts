/** @file The trigger's GRPO losses, log-probabilities and gradients against the reference's, for every training case. */
import { describe, expect, test } from 'vitest'
import { planModel } from '../../src/main/engine/memgen/model-plan.ts'
import { tokenWeights } from '../../src/main/engine/training/grpo.ts'
import { triggerParameters } from '../../src/main/engine/training/memgen-parameters.ts'
import { ParameterSet } from '../../src/main/engine/training/parameter-set.ts'
import { triggerBase } from '../../src/main/engine/training/training-bases.ts'
import { TriggerStep, type Decision, type TriggerRow } from '../../src/main/engine/training/trigger-step.ts'
import { expectGradients, LOSS_TOLERANCE, VALUE_TOLERANCE } from '../support/expect-gradients.ts'
import { findTrainingCases, type TrainingCase } from '../support/training-case.ts'

const cases = findTrainingCases()

test('cases without a training part are passed over', () => {
  for (const { sft } of cases) expect(sft.examples.length).toBeGreaterThan(0)
})

describe.each(cases)('the trigger of training case $name', (golden) => {
  const { triggerGrpo } = golden
  const { options, rollout, expected } = triggerGrpo

  test('trains exactly the parameters that the reference trains', async () => {
    const { parameters } = await openTrigger(golden)
    const listed = parameters.list().map(({ name, shape }): [string, readonly number[]] => [name, shape])
    if (triggerGrpo.trainable !== undefined) expect(Object.fromEntries(listed)).toEqual(triggerGrpo.trainable)
  })

  test.each(expected.variants.map((variant, index) => ({ ...variant, index })))('GRPO $index: $loss_type, beta $beta, old $old_per_token_logps', async (variant) => {
    const { base, parameters } = await openTrigger(golden)
    const head = { kind: 'grpo', epsilonLow: options.epsilon_low, epsilonHigh: options.epsilon_high, delta: options.delta ?? undefined, beta: variant.beta } as const
    const step = await TriggerStep.create(base, { head, threads: 1 })
    const { rows, places, columns } = rolloutRows(golden)
    const mask = new Uint8Array(rows.length * columns)
    for (const place of places) mask[place] = 1
    const weights = tokenWeights(mask, { rows: rows.length, columns }, { lossType: variant.loss_type, maxCompletionLength: options.max_completion_length })
    const pick = (data: Float32Array): Float32Array => Float32Array.from(places, (place) => data[place] ?? 0)
    const gradients = parameters.zerosLike()
    const result = await step.run(
      rows,
      parameters,
      {
        weights: pick(weights),
        advantages: Float32Array.from(places, (place) => rollout.advantages[Math.floor(place / columns)] ?? 0),
        oldLogProbs: variant.old_per_token_logps === 'given' ? pick(golden.tensor(triggerGrpo.old_per_token_logps).data) : undefined,
        refLogProbs: pick(golden.tensor(triggerGrpo.ref_per_token_logps).data),
      },
      { gradients },
    )
    await step.release()
    const expectedLogProbs = golden.tensor(expected.per_token_logps).data
    for (const [index, place] of places.entries()) expect(Math.abs((result.logProbs[index] ?? 0) - (expectedLogProbs[place] ?? 0))).toBeLessThan(VALUE_TOLERANCE)
    expect(Math.abs(result.loss - variant.loss)).toBeLessThan(LOSS_TOLERANCE)
    const { grad_prefix: prefix } = variant
    if (prefix != null) expectGradients(`${golden.name} trigger GRPO ${variant.index}`, gradients, (name) => golden.tensor(prefix + name).data)
  })
})

async function openTrigger({ location, name }: TrainingCase) {
  const plan = await planModel(location)
  if (plan.checkpoint === undefined) throw new Error(`${name} has no checkpoint`)
  return { base: triggerBase(plan, plan.checkpoint, 0), parameters: ParameterSet.from(triggerParameters(plan.checkpoint)) }
}

/** Rollouts without their padding; `places` are the flat indices [row, column] of all decisions. */
function rolloutRows({ triggerGrpo: { rollout } }: TrainingCase): { rows: TriggerRow[]; places: number[]; columns: number } {
  const columns = rollout.completion_ids[0]?.length ?? 0
  const places: number[] = []
  const rows = rollout.prompt_ids.map((promptIds, row) => {
    const prompt = promptIds.filter((_, at) => rollout.prompt_mask[row]?.[at] === 1)
    const completion = (rollout.completion_ids[row] ?? []).filter((_, at) => rollout.completion_mask[row]?.[at] === 1)
    const decisions = (rollout.augmentation_mask?.[row] ?? []).flatMap((decision, column): Decision[] => {
      if (decision !== 0 && decision !== 1) return []
      places.push(row * columns + column)
      return [{ position: prompt.length + column, decision }]
    })
    return { ids: [...prompt, ...completion], decisions }
  })
  return { rows, places, columns }
}
