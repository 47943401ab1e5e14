/** @file The policies on a whole rollout: where each inserts, and which of them coincide. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
const LIMIT = 2

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

async function run(input: RunConfigInput, of: MemGenModel = model): Promise<StepResult[]> {
  const [results = []] = await finish(Rollout.open(of, config({ maxNewTokens: 24, maxInferenceAugNum: LIMIT, ...input }), [request(of, PROMPT)]))
  return results
}

function tokenIds(results: readonly StepResult[]): number[] {
  return results.map(({ step }) => step.tokenId)
}

function decisions(results: readonly StepResult[]): number[] {
  return results.map(({ step }) => step.decision)
}

function insertedAt(results: readonly StepResult[]): number[] {
  return results.filter(({ weave }) => weave !== null).map(({ step }) => step.index)
}

test('vanilla is the bare reasoner', async () => {
  const base = await loadModel({ reasonerDir: goldenLocation('qwen2').reasonerDir })
  const vanilla = await run({ policy: { kind: 'vanilla' } })
  const bare = await run({ policy: { kind: 'vanilla' } }, base)
  expect(vanilla.map(({ logits }) => logits)).toStrictEqual(bare.map(({ logits }) => logits))
  expect(new Set(decisions(vanilla))).toEqual(new Set([-100]))
  expect(insertedAt(vanilla)).toEqual([])
  await base.release()
})

test('prompt-only inserts once, before the first token', async () => {
  const results = await run({ policy: { kind: 'prompt-only' } })
  expect(insertedAt(results)).toEqual([0])
  expect(results[0]?.weave).toMatchObject({ kind: 'prompt', stepIndex: 0, contextLength: model.tokenizer.encode(PROMPT).length })
  expect(decisions(results)).toEqual([1, ...results.slice(1).map(() => -100)])
  expect(results.at(-1)?.step.augmentationCount).toBe(0)
})

test('always is the trigger policy with an inactive trigger, but for who decided', async () => {
  const always = await run({ policy: { kind: 'always' } })
  const inactive = await run({ policy: { kind: 'trigger' }, triggerActive: false })
  expect(always.map(({ logits }) => logits)).toStrictEqual(inactive.map(({ logits }) => logits))
  expect(decisions(always)).toEqual(decisions(inactive))
  expect(insertedAt(always)).toHaveLength(1 + LIMIT)
  expect(new Set(always.map(({ step }) => step.decisionSource))).toEqual(new Set(['policy', null]))
  expect(new Set(inactive.map(({ step }) => step.decisionSource))).toEqual(new Set(['constant', null]))
})

test('random with p = 1 is always, and with p = 0 it is vanilla that was asked', async () => {
  const [always, certain, never, vanilla] = await Promise.all([
    run({ policy: { kind: 'always' } }),
    run({ policy: { kind: 'random', probability: 1 } }),
    run({ policy: { kind: 'random', probability: 0 } }),
    run({ policy: { kind: 'vanilla' } }),
  ])
  expect(certain.map(({ logits }) => logits)).toStrictEqual(always.map(({ logits }) => logits))
  expect(decisions(certain)).toEqual(decisions(always))
  expect(tokenIds(never)).toEqual(tokenIds(vanilla))
  expect(decisions(never)).toEqual(never.map(({ step }) => (step.candidate ? 0 : -100)))
})

test('schedule inserts at its steps, outside candidates and above the limit, and nowhere else', async () => {
  const steps = [0, 1, 2, 3, 7, 9, 100]
  const results = await run({ policy: { kind: 'schedule', steps } })
  expect(insertedAt(results)).toEqual([0, 1, 2, 3, 7, 9])
  expect(results.filter(({ step }) => step.decision === 1).some(({ step }) => !step.candidate)).toBe(true)
  expect(results.at(-1)?.step.augmentationCount).toBe(5)
  expect(results.find(({ step }) => step.index === 3)?.weave?.kind).toBe('inference')
})

test('candidates inserts at the candidates of its ordinals, above the limit too, and is the schedule of their steps', async () => {
  const results = await run({ policy: { kind: 'candidates', ordinals: [0, 2, 3, 4] }, maxInferenceAugNum: 1 })
  const candidates = results.filter(({ step }) => step.candidate).map(({ step }) => step.index)
  const steps = [0, 2, 3, 4].flatMap((ordinal) => candidates[ordinal] ?? [])
  expect(steps.length).toBeGreaterThan(3)
  expect(insertedAt(results)).toEqual(steps)
  const scheduled = await run({ policy: { kind: 'schedule', steps }, maxInferenceAugNum: 1 })
  expect(scheduled.map(({ logits }) => logits)).toStrictEqual(results.map(({ logits }) => logits))
  expect(decisions(scheduled)).toEqual(decisions(results))
})

test('candidates without ordinals is vanilla', async () => {
  const results = await run({ policy: { kind: 'candidates', ordinals: [] } })
  expect(results.map(({ logits }) => logits)).toStrictEqual((await run({ policy: { kind: 'vanilla' } })).map(({ logits }) => logits))
})

test('the trained trigger is asked at step 0 and at candidates below the limit, and its probability is recorded there only', async () => {
  const results = await run({ policy: { kind: 'trigger' }, triggerActive: true })
  for (const { step } of results) {
    const inserted = step.index > 0 && step.decision === 1 ? 1 : 0
    const isAsked = step.index === 0 || (step.candidate && step.augmentationCount - inserted < LIMIT)
    expect(step.decision !== -100).toBe(isAsked)
    expect(step.decisionSource).toBe(isAsked ? 'model' : null)
    expect(step.pInvoke !== null).toBe(isAsked)
    if (step.pInvoke !== null) expect(step.decision).toBe(step.pInvoke > 0.5 ? 1 : 0)
  }
})

test.each([{ kind: 'always' }, { kind: 'prompt-only' }, { kind: 'random', probability: 0.5 }, { kind: 'schedule', steps: [4] }] as const)(
  '$kind records no probability of the trigger',
  async (policy) => {
    for (const { step } of await run({ policy: policy.kind === 'schedule' ? { ...policy, steps: [...policy.steps] } : policy })) {
      expect(step.pInvoke).toBeNull()
      expect(step.triggerLogits).toBeNull()
    }
  },
)

test('the earlier version inserts prompt latents unasked and records no decision for them', async () => {
  const earlier = await loadModel(goldenLocation('seed_variant'))
  const results = await run({ policy: { kind: 'trigger' } }, earlier)
  expect(results[0]?.step).toMatchObject({ decision: -100, decisionSource: null })
  expect(results[0]?.weave?.kind).toBe('prompt')
  const vanilla = await run({ policy: { kind: 'vanilla' } }, earlier)
  expect(insertedAt(vanilla)).toEqual([])
  await earlier.release()
})

test("the reference's tail is sampled at temperature 1 with top-k 50 once the limit is reached, and greedy runs have none", async () => {
  const greedy = { policy: { kind: 'always' } } satisfies RunConfigInput
  expect(tokenIds(await run({ ...greedy, referenceTail: true }))).toEqual(tokenIds(await run(greedy)))

  const hot = { ...greedy, sampling: { doSample: true, temperature: 3 } } satisfies RunConfigInput
  const asTheReference = { ...greedy, sampling: { doSample: true, temperature: 1, topK: 50 } } satisfies RunConfigInput
  // Without any allowed insertion all is tail; with more than there are candidates nothing is.
  const tail = tokenIds(await run({ ...hot, maxInferenceAugNum: 0, referenceTail: true }))
  expect(tail).toEqual(tokenIds(await run({ ...asTheReference, maxInferenceAugNum: 0 })))
  expect(tail).not.toEqual(tokenIds(await run({ ...hot, maxInferenceAugNum: 0 })))
  expect(tokenIds(await run({ ...hot, maxInferenceAugNum: 100, referenceTail: true }))).toEqual(tokenIds(await run({ ...hot, maxInferenceAugNum: 100 })))
})
