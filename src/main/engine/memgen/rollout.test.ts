/** @file A rollout is a value: it can be stepped, rewound and forked, and rows do not depend on each other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import { expectEquivalent, expectSame, tokenIds } from '../../../../test/support/step-outcomes.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
const OTHERS = ['Once, upon a time.\n', 'a b c d e f g h i j k l m n o p q r s t']

const greedy = { maxNewTokens: 16, policy: { kind: 'trigger' } } satisfies RunConfigInput
const sampled = { ...greedy, sampling: { doSample: true, temperature: 0.9, topK: 40 }, triggerDoSample: true, seed: 20 } satisfies RunConfigInput
const modes = [
  { name: 'greedy', input: greedy },
  { name: 'sampled', input: sampled },
  { name: 'random policy', input: { ...sampled, policy: { kind: 'random', probability: 0.5 } } satisfies RunConfigInput },
  { name: 'chosen candidates', input: { ...sampled, policy: { kind: 'candidates', ordinals: [0, 2, 3] } } satisfies RunConfigInput },
]

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

function open(input: RunConfigInput = greedy, prompts: readonly string[] = [PROMPT]): Rollout {
  return Rollout.open(model, config(input), prompts.map((prompt) => request(model, prompt)))
}

async function straight(input: RunConfigInput): Promise<StepResult[]> {
  const [results = []] = await finish(open(input))
  return results
}

describe.each(modes)('$name', ({ input }) => {
  test('a rollout rewound to any step repeats itself bit for bit', async () => {
    const expected = await straight(input)
    expect(expected.filter(({ weave }) => weave !== null).length).toBeGreaterThan(1)
    for (const start of expected.keys()) {
      const rollout = open(input)
      await finish(rollout)
      rollout.rewind(0, start)
      const [replayed = []] = await finish(rollout)
      expectSame(replayed, expected.slice(start))
    }
  })

  test('one rollout rewound again and again, further back and less far, repeats itself', async () => {
    const expected = await straight(input)
    const rollout = open(input)
    await finish(rollout)
    for (const start of [13, 3, 9, 0, 15]) {
      if (start >= expected.length) continue
      rollout.rewind(0, start)
      const [replayed = []] = await finish(rollout)
      expectSame(replayed, expected.slice(start))
    }
  })

  test('a fork at any step goes on as its parent does, and neither notices the other', async () => {
    const expected = await straight(input)
    for (const start of expected.keys()) {
      const parent = open(input)
      for (let step = 0; step < start; step++) await parent.step()
      const fork = parent.fork(0, start, PROMPT)
      const [ofParent, ofFork]: [StepResult[], StepResult[]] = [[], []]
      while (!parent.isFinished || !fork.isFinished) {
        ofParent.push(...(await parent.step()))
        ofFork.push(...(await fork.step()))
      }
      expectSame(ofParent, expected.slice(start))
      expectSame(ofFork, expected.slice(start))
    }
  })

  test('a fork of a finished rollout repeats it from any step', async () => {
    const expected = await straight(input)
    const parent = open(input)
    await finish(parent)
    for (const start of expected.keys()) {
      const [ofFork = []] = await finish(parent.fork(0, start, PROMPT))
      expectSame(ofFork, expected.slice(start))
    }
  })

  test.each(['decide', 'weave'] as const)('a step left after its phase %s can be rewound and taken again', async (phase) => {
    const expected = await straight(input)
    for (const start of expected.keys()) {
      const rollout = open(input)
      for (let step = 0; step < start; step++) await rollout.step()
      await rollout.decide()
      if (phase === 'weave') await rollout.weave()
      rollout.rewind(0, start)
      expect(rollout.phase).toBe('decide')
      const [replayed = []] = await finish(rollout)
      expectSame(replayed, expected.slice(start))
    }
  })

  test.each(['decide', 'weave'] as const)('a fork taken after the phase %s begins that step anew', async (phase) => {
    const expected = await straight(input)
    const parent = open(input)
    for (const start of expected.keys()) {
      await parent.decide()
      if (phase === 'weave') await parent.weave()
      const fork = parent.fork(0, start, PROMPT)
      await parent.step()
      expectSame(await fork.step(), expected.slice(start, start + 1))
    }
  })
})

test('a long rollout repeats itself bit for bit after its caches have grown', async () => {
  const input = { ...sampled, maxNewTokens: 150, policy: { kind: 'schedule', steps: [0, 40, 80, 120] } } satisfies RunConfigInput
  const rollout = open(input)
  const [expected = []] = await finish(rollout)
  for (const start of [100, 30, 0]) {
    rollout.rewind(0, start)
    const [replayed = []] = await finish(rollout)
    expectSame(replayed, expected.slice(start))
  }
})

test('one row of a batch can be rewound while the others go on', async () => {
  const rollout = open(sampled, [PROMPT, ...OTHERS])
  const [first = [], second = []] = await finish(open(sampled, [PROMPT, ...OTHERS]))
  for (let step = 0; step < 10; step++) await rollout.step()
  rollout.rewind(0, 4)
  const [replayed = [], continued = []] = await finish(rollout)
  expect(tokenIds(replayed)).toEqual(tokenIds(first.slice(4)))
  expect(tokenIds(continued)).toEqual(tokenIds(second.slice(10)))
})

test('a fork under another policy shares the past and differs from there on', async () => {
  const parent = open({ ...greedy, policy: { kind: 'always' } })
  for (let step = 0; step < 6; step++) await parent.step()
  const change = { kind: 'config', config: config({ ...greedy, policy: { kind: 'schedule', steps: [6] } }) } as const
  const fork = parent.fork(0, 6, 'branch', { stepIndex: 6, change, latents: null })
  const [ofFork = []] = await finish(fork)
  expect(ofFork.map(({ step }) => step.index)[0]).toBe(6)
  expect(ofFork.map(({ step }) => step.decision)).toEqual([1, ...ofFork.slice(1).map(() => -100)])
  expect(ofFork[0]?.weave?.id).toBe('branch/6')
})

test('phases are taken in their order only', async () => {
  const rollout = open()
  await expect(rollout.weave()).rejects.toThrow('internal: the rollout is in phase decide, not weave')
  await rollout.decide()
  await expect(rollout.decide()).rejects.toThrow('internal: the rollout is in phase weave, not decide')
  await rollout.weave()
  await expect(rollout.weave()).rejects.toThrow('internal: the rollout is in phase decode, not weave')
  expect(await rollout.decode()).toHaveLength(1)
  expect(rollout.phase).toBe('decide')
})

test('step finishes a step that was begun by phases', async () => {
  const expected = await straight(greedy)
  const rollout = open()
  await rollout.decide()
  const first = await rollout.step()
  await rollout.decide()
  await rollout.weave()
  expectSame([...first, ...(await rollout.step())], expected.slice(0, 2))
})

test('a step that was not taken can neither be rewound to nor forked from', async () => {
  const rollout = open()
  await rollout.step()
  expect(() => {
    rollout.rewind(0, 2)
  }).toThrow('has not taken step 2')
  expect(() => rollout.fork(0, 2, 'branch')).toThrow('has not taken step 2')
  expect(() => rollout.fork(1, 0, 'branch')).toThrow('internal: the rollout has no row 1')
})

test('the same seed draws the same tokens, and another seed, sample or repeat others', async () => {
  const draw = async (seed: number, options: Parameters<typeof request>[2] = {}): Promise<number[]> => {
    const [results = []] = await finish(Rollout.open(model, config({ ...sampled, seed }), [request(model, PROMPT, options)]))
    return tokenIds(results)
  }
  const base = await draw(1)
  expect(await draw(1)).toEqual(base)
  expect(await draw(2)).not.toEqual(base)
  expect(await draw(1, { sampleId: 'other' })).not.toEqual(base)
  expect(await draw(1, { repeat: 1 })).not.toEqual(base)
})

test('what a row draws does not depend on the batch it is in, nor on its place there', async () => {
  const [alone = []] = await finish(open(sampled))
  const [first = []] = await finish(open(sampled, [PROMPT, ...OTHERS]))
  const [, , last = []] = await finish(open(sampled, [...OTHERS, PROMPT]))
  for (const inBatch of [first, last]) expectEquivalent(inBatch, alone)
})
