/** @file GRPO's masks, advantages, losses and metrics of every training case, from the reference's stored log-probabilities. Runs no model. */
import { describe, expect, test } from 'vitest'
import { groupAdvantages } from '../../src/main/engine/training/group-advantages.ts'
import { grpoLoss, type GrpoLoss } from '../../src/main/engine/training/grpo.ts'
import { assistantMarks, detectRowMode, IGNORED_LABEL, supervisedPasses } from '../../src/main/engine/training/supervised-rows.ts'
import { textGate } from '../../src/main/engine/tokenization/delimiter-gate.ts'
import { openTokenizer } from '../../src/main/engine/tokenization/tokenizer.ts'
import { NOT_ASKED } from '../../src/shared/domain/step.ts'
import { findTrainingCases, type GrpoPart, type GrpoVariant, type TrainingCase } from '../support/training-case.ts'

/** float32 sums of some hundred terms against float64. */
const TOLERANCE = 1e-6

const metricNames = {
  kl: ['kl'],
  clipRatioLow: ['clip_ratio/low_mean', 'clip_ratio/low_min'],
  clipRatioHigh: ['clip_ratio/high_mean', 'clip_ratio/high_max'],
  clipRatioRegion: ['clip_ratio/region_mean'],
} as const satisfies Partial<Record<keyof GrpoLoss, readonly string[]>>

describe.each(findTrainingCases())('training case $name', (golden) => {
  const { weaverGrpo, triggerGrpo } = golden

  test.each([['weaver', weaverGrpo], ['trigger', triggerGrpo]] as const)('advantages of the %s’s groups', (_, { rollout }) => {
    const { advantages } = groupAdvantages(rollout.rewards, { numGenerations: rollout.num_generations })
    rollout.advantages.forEach((expected, index) => expectNear(advantages[index]!, expected))
  })

  test('the weaver is supervised where the reference supervises it', () => {
    expect(weaverMask(golden)).toEqual(weaverGrpo.expected.supervise_mask)
  })

  test.each(weaverGrpo.expected.variants)('the weaver’s loss: $loss_type, beta $beta, old $old_per_token_logps', (variant) => {
    expectLoss(golden, weaverGrpo, weaverMask(golden), variant)
  })

  test.each(triggerGrpo.expected.variants)('the trigger’s loss: $loss_type, beta $beta, old $old_per_token_logps', (variant) => {
    const mask = triggerGrpo.rollout.augmentation_mask!.map((decisions) => decisions.map((decision) => (decision === NOT_ASKED ? 0 : 1)))
    expectLoss(golden, triggerGrpo, mask, variant)
  })
})

test('without any row the loss is 0', () => {
  const none = { rows: 0, columns: 3, logps: new Float32Array(0), mask: new Uint8Array(0), advantages: new Float32Array(0) }
  expect(grpoLoss(none, { lossType: 'bnpo', maxCompletionLength: 3 }).loss).toBe(0)
})

function weaverMask({ location, delimiters, weaverGrpo: { options, rollout } }: TrainingCase): number[][] {
  const tokenizer = openTokenizer(location.reasonerDir)
  const marks = assistantMarks(tokenizer)
  const gate = textGate(tokenizer, delimiters)
  const rows = rollout.prompt_ids.map((promptIds, row) => {
    const prompt = promptIds.filter((_, at) => rollout.prompt_mask[row]![at] === 1)
    const completion = rollout.completion_ids[row]!.filter((_, at) => rollout.completion_mask[row]![at] === 1)
    return { promptLength: prompt.length, ids: [...prompt, ...completion], labels: [...prompt.map(() => IGNORED_LABEL), ...completion] }
  })
  const mode = detectRowMode(rows[0]!.ids, marks)
  return rows.map((row, index) => {
    const limits = { maxInferenceAugNum: options.max_inference_aug_num ?? 0, maxPromptAugNum: options.max_prompt_aug_num ?? 1 }
    const passes = supervisedPasses(row, { mode, marks, gate, ...limits })
    const mask = rollout.completion_ids[index]!.map(() => 0)
    for (const { targets } of passes) for (const { position } of targets) mask[position - row.promptLength] = 1
    return mask
  })
}

function expectLoss(golden: TrainingCase, part: GrpoPart, mask: readonly number[][], variant: GrpoVariant): void {
  const { options, rollout, expected } = part
  const terms = {
    rows: mask.length,
    columns: mask[0]!.length,
    logps: golden.tensor(expected.per_token_logps).data,
    refLogps: golden.tensor(part.ref_per_token_logps).data,
    ...(variant.old_per_token_logps === 'given' ? { oldLogps: golden.tensor(part.old_per_token_logps).data } : {}),
    mask: Uint8Array.from(mask.flat()),
    advantages: Float32Array.from(rollout.advantages),
  }
  const result = grpoLoss(terms, {
    lossType: variant.loss_type,
    maxCompletionLength: options.max_completion_length,
    epsilonLow: options.epsilon_low,
    epsilonHigh: options.epsilon_high,
    delta: options.delta,
    beta: variant.beta,
  })
  expectNear(result.loss, variant.loss)
  for (const [name, upstreamNames] of Object.entries(metricNames)) {
    for (const upstreamName of upstreamNames) {
      const value = variant.metrics[upstreamName]
      if (value !== undefined) expectNear(result[name as keyof typeof metricNames]!, value)
    }
  }
}

function expectNear(found: number, expected: number): void {
  expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThan(TOLERANCE)
}
