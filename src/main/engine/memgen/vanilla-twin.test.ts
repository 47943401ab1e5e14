/** @file The twin tells what the same draws give without memory, and leaves the rollout as it is. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import { expectEquivalent, expectSame } from '../../../../test/support/step-outcomes.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { TwinStep } from '../../../shared/domain/step.ts'
import type { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
const sampled = { maxNewTokens: 14, policy: { kind: 'always' }, sampling: { doSample: true, temperature: 0.9, topK: 40 }, seed: 20 } satisfies RunConfigInput
/** KL and logprobs of tokens read one by one or all at once. */
const DIGITS = 4

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

function open(input: RunConfigInput = sampled): Rollout {
  return Rollout.open(model, config(input), [request(model, PROMPT)])
}

async function withTwin(input: RunConfigInput = sampled): Promise<StepResult[]> {
  const rollout = open(input)
  rollout.setTwin(true)
  const [results = []] = await finish(rollout)
  return results
}

function withoutTwin(results: readonly StepResult[]): StepResult[] {
  return results.map((result) => ({ ...result, step: { ...result.step, twin: null } }))
}

function twins(results: readonly StepResult[]): TwinStep[] {
  return results.map(({ step: { index, twin } }) => {
    if (twin === null) throw new Error(`step ${index} has no twin`)
    return twin
  })
}

function expectClose(actual: readonly TwinStep[], expected: readonly TwinStep[]): void {
  expect(actual.map(({ tokenId }) => tokenId)).toEqual(expected.map(({ tokenId }) => tokenId))
  for (const [index, { kl, logprob }] of actual.entries()) {
    expect(kl).toBeCloseTo(expected[index]?.kl ?? NaN, DIGITS)
    expect(logprob).toBeCloseTo(expected[index]?.logprob ?? NaN, DIGITS)
  }
}

test('the rollout is the same bit for bit with a twin and without', async () => {
  const [expected = []] = await finish(open())
  expectSame(withoutTwin(await withTwin()), expected)
  expect(expected.every(({ step }) => step.twin === null)).toBe(true)
})

test('without memory the twin is the rollout itself', async () => {
  const results = await withTwin({ ...sampled, policy: { kind: 'vanilla' } })
  for (const { step } of results) {
    expect(step.twin).toMatchObject({ tokenId: step.tokenId, kl: 0 })
    expect(step.twin?.logprob).toBeCloseTo(step.logprob, DIGITS)
  }
})

test('with memory the twin answers as a reasoner that reads the same tokens and no latents', async () => {
  const results = await withTwin()
  const forced = results.map(({ step }) => step.tokenId)
  const change = { kind: 'tokens', tokenIds: forced, text: '' } as const
  const vanilla = Rollout.open(model, config({ ...sampled, policy: { kind: 'vanilla' } }), [request(model, PROMPT, { changes: [{ stepIndex: 0, change, latents: null }] })])
  const [alone = []] = await finish(vanilla)
  for (const [index, twin] of twins(results).entries()) {
    expect(twin.logprob).toBeCloseTo(alone[index]?.step.logprob ?? NaN, DIGITS)
    expect(twin.kl).toBeCloseTo(klDivergence(results[index]?.logits, alone[index]?.logits), DIGITS)
    expect(twin.kl).toBeGreaterThan(0)
  }
  const [free = []] = await finish(open({ ...sampled, policy: { kind: 'vanilla' } }))
  expect(twins(results)[0]?.tokenId).toBe(free[0]?.step.tokenId)
})

test('a twin that joins in mid-trace says what one from the beginning says, and one that leaves says nothing', async () => {
  const expected = await withTwin()
  const rollout = open()
  for (let step = 0; step < 5; step++) await rollout.step()
  rollout.setTwin(true)
  const joined: StepResult[] = []
  for (let step = 5; step < 9; step++) joined.push(...(await rollout.step()))
  expectClose(twins(joined), twins(expected.slice(5, 9)))
  rollout.setTwin(false)
  const [rest = []] = await finish(rollout)
  expectSame(rest, withoutTwin(expected.slice(9)))
})

test('a twin goes back and forks with its rollout', async () => {
  const expected = await withTwin()
  const rollout = open()
  rollout.setTwin(true)
  await finish(rollout)
  for (const start of [9, 3, 0]) {
    const [ofFork = []] = await finish(rollout.fork(0, start, PROMPT))
    expectSame(ofFork, expected.slice(start))
    rollout.rewind(0, start)
    const [replayed = []] = await finish(rollout)
    expectSame(replayed, expected.slice(start))
  }
})

test('a twin beside a restored rollout reads what the rollout has read before', async () => {
  const expected = await withTwin()
  const past = expected.slice(0, 6)
  const insertions = past.flatMap(({ weave }) => (weave === null ? [] : [{ stepIndex: weave.stepIndex, latents: weave.latents }]))
  const record = { promptIds: model.tokenizer.encode(PROMPT), steps: past.map(({ step }) => step), insertions }
  const rollout = Rollout.restore(model, config(sampled), { id: PROMPT, sampleId: PROMPT, repeat: 0 }, record)
  rollout.setTwin(true)
  const [rest = []] = await finish(rollout)
  expectEquivalent(rest, expected.slice(6))
  expectClose(twins(rest), twins(expected.slice(6)))
})

/** As the definition has it. */
function klDivergence(logits: Float32Array = new Float32Array(0), reference: Float32Array = new Float32Array(0)): number {
  const softmax = (values: Float32Array): number[] => {
    const weights = [...values].map((value) => Math.exp(value))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return weights.map((weight) => weight / total)
  }
  const [p, q] = [softmax(logits), softmax(reference)]
  return p.reduce((sum, probability, id) => sum + probability * Math.log(probability / (q[id] ?? NaN)), 0)
}
