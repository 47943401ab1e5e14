/** @file A rollout restored from a record goes on as the recorded one did, and can be taken back and forked like it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import { expectEquivalent, expectSame, tokenIds } from '../../../../test/support/step-outcomes.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { GenerationRecord, ResolvedChange } from '../protocol.ts'
import type { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
const greedy = { maxNewTokens: 16, policy: { kind: 'trigger' } } satisfies RunConfigInput
const sampled = { ...greedy, sampling: { doSample: true, temperature: 0.9, topK: 40 }, triggerDoSample: true, seed: 20 } satisfies RunConfigInput
const modes: { name: string; input: RunConfigInput }[] = [
  { name: 'greedy', input: greedy },
  { name: 'sampled', input: sampled },
  { name: 'random policy', input: { ...sampled, policy: { kind: 'random', probability: 0.5 } } },
  { name: 'chosen candidates', input: { ...sampled, policy: { kind: 'candidates', ordinals: [1, 3] } } },
  { name: 'a constant trigger that is drawn from', input: { ...sampled, triggerActive: false } },
  { name: 'the reference’s tail', input: { ...sampled, referenceTail: true, maxInferenceAugNum: 1 } },
]

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

async function straight(input: RunConfigInput, changes: ResolvedChange[] = []): Promise<StepResult[]> {
  const [results = []] = await finish(Rollout.open(model, config(input), [request(model, PROMPT, { changes })]))
  return results
}

function recordOf(results: readonly StepResult[]): GenerationRecord {
  return {
    promptIds: model.tokenizer.encode(PROMPT),
    steps: results.map(({ step }) => step),
    insertions: results.flatMap(({ weave }) => (weave === null ? [] : [{ stepIndex: weave.stepIndex, latents: weave.latents }])),
  }
}

function restore(input: RunConfigInput, results: readonly StepResult[], changes: ResolvedChange[] = []): Rollout {
  return Rollout.restore(model, config(input), { id: PROMPT, sampleId: PROMPT, repeat: 0, changes }, recordOf(results))
}

describe.each(modes)('$name', ({ input }) => {
  test('a rollout restored after any step goes on as the original', async () => {
    const expected = await straight(input)
    for (const stop of expected.keys()) {
      const rollout = restore(input, expected.slice(0, stop))
      expect(rollout.rows[0]?.stepIndex).toBe(stop)
      const [rest = []] = await finish(rollout)
      expectEquivalent(rest, expected.slice(stop))
    }
  })

  test('a restored rollout is taken back to any step, before and after it has read anything', async () => {
    const expected = await straight(input)
    for (const isRead of [false, true]) {
      for (const start of [0, 1, 5, 9]) {
        const rollout = restore(input, expected.slice(0, 10))
        if (isRead) await rollout.step()
        rollout.rewind(0, start)
        const [replayed = []] = await finish(rollout)
        expectEquivalent(replayed, expected.slice(start))
      }
    }
  })

  test('a restored rollout is forked at any step', async () => {
    const expected = await straight(input)
    const rollout = restore(input, expected.slice(0, 10))
    for (const isRead of [false, true]) {
      if (isRead) await rollout.step()
      for (const start of [10, 7, 1, 0]) {
        const [ofFork = []] = await finish(rollout.fork(0, start, PROMPT))
        expectEquivalent(ofFork, expected.slice(start))
      }
    }
  })
})

test('a restored rollout repeats its own steps bit for bit', async () => {
  const rollout = restore(sampled, (await straight(sampled)).slice(0, 6))
  await finish(rollout)
  rollout.rewind(0, 6)
  const [first = []] = await finish(rollout)
  rollout.rewind(0, 6)
  const [second = []] = await finish(rollout)
  expectSame(second, first)
})

test('a restored rollout keeps the changes of the record', async () => {
  const changes: ResolvedChange[] = [
    { stepIndex: 2, change: { kind: 'decision', decision: 1 }, latents: null },
    { stepIndex: 3, change: { kind: 'latents', edit: { kind: 'drop', latents: [0] } }, latents: null },
    { stepIndex: 5, change: { kind: 'tokens', tokenIds: [70, 71, 72], text: 'fgh' }, latents: null },
    { stepIndex: 7, change: { kind: 'config', config: config({ ...sampled, seed: 5, maxNewTokens: 14 }) }, latents: null },
  ]
  const expected = await straight(sampled, changes)
  expect(expected.length).toBeGreaterThan(8)
  for (const stop of expected.keys()) {
    const [rest = []] = await finish(restore(sampled, expected.slice(0, stop), changes))
    expectEquivalent(rest, expected.slice(stop))
  }
})

test('a record of a whole generation restores to its finish', async () => {
  const expected = await straight(greedy)
  expect(restore(greedy, expected).rows[0]?.finish).toBe('length')
  const ended = await straight(greedy, [{ stepIndex: 4, change: { kind: 'tokens', tokenIds: [model.tokenizer.eosTokenId], text: '' }, latents: null }])
  expect(tokenIds(ended)).toHaveLength(5)
  expect(restore(greedy, ended).rows[0]?.finish).toBe('eos')
})

test('a fork that takes a new seed back draws as the original did, from a live branch and from a restored one', async () => {
  const input = (seed: number): RunConfigInput => ({ maxNewTokens: 12, policy: { kind: 'vanilla' }, sampling: { doSample: true, temperature: 1.5 }, seed })
  const seedAt4 = (seed: number): ResolvedChange => ({ stepIndex: 4, change: { kind: 'config', config: config(input(seed)) }, latents: null })
  const original = await straight(input(1))
  const branch = await straight(input(1), [seedAt4(2)])
  expect(tokenIds(branch)).not.toEqual(tokenIds(original))
  for (const stop of [5, 8]) {
    const restored = restore(input(1), branch.slice(0, stop), [seedAt4(2)])
    const [again = []] = await finish(restored.fork(0, 4, 'back', seedAt4(1)))
    expect(tokenIds(again)).toEqual(tokenIds(original.slice(4)))
  }
})
