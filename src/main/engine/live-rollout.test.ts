/** @file A live rollout's phases, and that they make the same steps as steps taken whole. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, goldenLocation, loadModel } from '../../../test/support/golden-model.ts'
import { outcome } from '../../../test/support/step-outcomes.ts'
import { traceIdSchema } from '../../shared/domain/identifiers.ts'
import type { RunConfigInput } from '../../shared/domain/run-config.ts'
import type { PendingStep } from '../../shared/domain/session.ts'
import { LiveRollout } from './live-rollout.ts'
import type { MemGenModel } from './memgen/memgen-model.ts'
import type { StepResult } from './memgen/step-record.ts'

const sampled = { maxNewTokens: 8, policy: { kind: 'always' }, triggerDoSample: true, sampling: { doSample: true, temperature: 0.9 }, recordNearest: 2 } satisfies RunConfigInput

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

function open(input: RunConfigInput = sampled): LiveRollout {
  const options = { id: traceIdSchema.parse('live'), config: config(input), sampleId: 'interactive', repeat: 0 }
  return LiveRollout.open(model, { kind: 'text', text: 'Once, upon a time.\n' }, options)
}

async function whole(input?: RunConfigInput): Promise<StepResult[]> {
  const results: StepResult[] = []
  const rollout = open(input)
  while ((await rollout.step((result) => results.push(result))).finish === null);
  return results
}

test('a step is decided, woven and decoded, and its phases tell what its record will', async () => {
  const expected = await whole()
  const rollout = open()
  const results: StepResult[] = []
  for (const { step, weave } of expected) {
    const { index: stepIndex, candidate, gateReason, triggerLogits, pInvoke, decision, decisionSource } = step
    const known = { stepIndex, candidate, gateReason, triggerLogits, pInvoke, decision, decisionSource, isInserted: weave !== null }
    const listen = (result: StepResult): number => results.push(result)
    expect(await rollout.phase(listen)).toEqual({ finish: null, pending: { phase: 'decided', ...known, weave: null } })
    const woven = await rollout.phase(listen)
    expect(woven).toEqual({ finish: null, pending: { phase: 'woven', ...known, weave } })
    const isLast = stepIndex === expected.length - 1
    expect(await rollout.phase(listen)).toEqual({ finish: isLast ? 'length' : null, pending: null })
    expect(results.at(-1)?.weave).toBe(woven.pending?.weave)
  }
  expect(results.map(outcome)).toStrictEqual(expected.map(outcome))
  expect(await rollout.phase(() => undefined)).toEqual({ finish: 'length', pending: null })
})

test.each([1, 2])('a step finishes what %i phases have begun', async (phases) => {
  const expected = await whole()
  const rollout = open()
  const results: StepResult[] = []
  for (let phase = 0; phase < phases; phase++) await rollout.phase((result) => results.push(result))
  await rollout.step((result) => results.push(result))
  await rollout.step((result) => results.push(result))
  expect(results.map(outcome)).toStrictEqual(expected.slice(0, 2).map(outcome))
})

test('a fork taken in mid-step begins that step anew', async () => {
  const expected = await whole()
  const rollout = open()
  await rollout.step(() => undefined)
  await rollout.phase(() => undefined)
  await rollout.phase(() => undefined)
  const fork = rollout.fork(1, traceIdSchema.parse('live'), { stepIndex: 1, change: { kind: 'none' }, latents: null })
  const results: StepResult[] = []
  await fork.step((result) => results.push(result))
  await rollout.step((result) => results.push(result))
  expect(results.map(outcome)).toStrictEqual([expected[1], expected[1]].map((result) => result && outcome(result)))
})

test('a decision that the user forced is shown with the logits and the probability that the trigger gave', async () => {
  const options = { id: traceIdSchema.parse('live'), config: config({ maxNewTokens: 4 }), sampleId: 'interactive', repeat: 0 }
  const changes = [{ stepIndex: 0, change: { kind: 'decision', decision: 0 } as const, latents: null }]
  const rollout = LiveRollout.open(model, { kind: 'text', text: 'Once, upon a time.\n' }, { ...options, changes })
  const { pending } = await rollout.phase(() => undefined)
  expect(pending).toMatchObject({ decision: 0, decisionSource: 'forced', pInvoke: expect.any(Number) as number, isInserted: false } satisfies Partial<PendingStep>)
  expect(pending?.triggerLogits).toHaveLength(2)
})
