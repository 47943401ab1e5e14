/** @file Roles that ride together give what they give apart, in fewer runs, also after going back and in forks. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { config, finish, goldenLocation, request } from '../../../../test/support/golden-model.ts'
import { expectSame } from '../../../../test/support/step-outcomes.ts'
import { DecoderSession } from '../runtime/decoder-session.ts'
import { MemGenModel } from './memgen-model.ts'
import { ridingPays } from './riders.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

/** Another shape of run sums the same products in another order. */
const TOLERANCE = 1e-4
const PROMPT = 'What is 12 + 30, and why?'

let riding: MemGenModel
let apart: MemGenModel
beforeAll(async () => {
  const load = (ridesTogether: boolean): Promise<MemGenModel> => MemGenModel.load(goldenLocation('qwen2'), { device: 'cpu', threads: 1, ridesTogether })
  riding = await load(true)
  apart = await load(false)
})
afterAll(async () => {
  await riding.release()
  await apart.release()
})

const asked = config({ policy: { kind: 'trigger' }, triggerActive: true, maxNewTokens: 24, recordTopK: 3 })

function open(model: MemGenModel, runConfig = asked): Rollout {
  return Rollout.open(model, runConfig, [request(model, PROMPT)])
}

async function steps(rollout: Rollout): Promise<StepResult[]> {
  return (await finish(rollout))[0] ?? []
}

/** What must be the same whatever the shape of a run. */
function outcome({ step }: StepResult): unknown[] {
  return [step.tokenId, step.decision, step.decisionSource, step.candidate]
}

test('a riding row has the tokens, decisions and trigger logits of one whose roles run apart', async () => {
  const together = await steps(open(riding))
  const alone = await steps(open(apart))
  expect(together.map(outcome)).toEqual(alone.map(outcome))
  expect(together.some(({ step }) => step.decisionSource === 'model')).toBe(true)
  for (const [index, { step }] of together.entries()) {
    const expected = alone[index]?.step.triggerLogits ?? null
    expect(step.triggerLogits === null).toBe(expected === null)
    step.triggerLogits?.forEach((logit, place) => expect(Math.abs(logit - (expected?.[place] ?? NaN))).toBeLessThan(TOLERANCE))
  }
})

test('a question costs no run of its own', async () => {
  const forward = vi.spyOn(DecoderSession.prototype, 'forward')
  const declined = config({ policy: { kind: 'trigger' }, triggerActive: true, maxNewTokens: 24, maxInferenceAugNum: 3 })
  const runs = async (model: MemGenModel): Promise<number> => {
    forward.mockClear()
    const results = await steps(open(model, declined))
    const insertions = results.filter(({ weave }) => weave !== null).length
    // One for each step, and for each insertion the weave and the reading of the latents.
    return countRuns(forward.mock.calls) - results.length - 2 * insertions
  }
  expect(await runs(riding)).toBe(0)
  expect(await runs(apart)).toBeGreaterThan(0)
  forward.mockRestore()
})

/** A row of a shared cache passes its call on to the whole: those are counted once. */
function countRuns(calls: readonly (readonly [unknown, ...unknown[]])[]): number {
  return calls.filter(([cache]) => cache?.constructor.name !== 'CacheRow').length
}

test('a row that went back repeats its steps to the last bit, also from the middle of a step', async () => {
  const rollout = open(riding)
  const first = await steps(rollout)
  for (const start of first.keys()) {
    rollout.rewind(0, start)
    await rollout.decide()
    rollout.rewind(0, start)
    const [again = []] = await finish(rollout)
    expectSame(again, first.slice(start))
  }
})

test('a fork goes on as its parent would, and rides too', async () => {
  const rollout = open(riding)
  const first = await steps(rollout)
  const fork = rollout.fork(0, 7, 'fork')
  expect((await steps(fork)).map(outcome)).toEqual(first.slice(7).map(outcome))
})

test('it pays for large float32 models on the CPU alone', () => {
  const small = riding.config
  const large = { ...small, vocabSize: 151_936, hiddenSize: 896 }
  expect(ridingPays({ device: 'cpu', precision: 'f32' }, large)).toBe(true)
  expect(ridingPays({ device: 'cpu', precision: 'f32' }, small)).toBe(false)
  expect(ridingPays({ device: 'cpu', precision: 'q8' }, large)).toBe(false)
  expect(ridingPays({ device: 'webgpu', precision: 'f32' }, large)).toBe(false)
})
