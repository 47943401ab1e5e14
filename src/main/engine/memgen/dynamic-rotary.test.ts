/**
 * @file Under dynamic rotary scaling keys belong to the length of context that they were read in. Beyond the trained length a row that is
 * taken back, forked or restored must find the keys that it had when it went straight through.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, finish, loadModel, request } from '../../../../test/support/golden-model.ts'
import { expectEquivalent } from '../../../../test/support/step-outcomes.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

const TRAINED_LENGTH = 32
const PROMPT = 'Hello, world, and so on'
const STEPS = 36
const straightOn = { maxNewTokens: STEPS, policy: { kind: 'vanilla' } } satisfies RunConfigInput
const inserting = { maxNewTokens: STEPS, policy: { kind: 'schedule', steps: [0, 6, 16, 27] } } satisfies RunConfigInput
const asking = { ...inserting, policy: { kind: 'trigger' }, gate: 'text' } satisfies RunConfigInput
const modes: { name: string; input: RunConfigInput }[] = [
  { name: 'without insertions', input: straightOn },
  { name: 'with insertions on either side of the trained length', input: inserting },
  { name: 'with a trigger that is asked', input: asking },
]

let model: MemGenModel
beforeAll(async () => {
  const directory = new URL('../../../../test/cases/llama_dynamic/', import.meta.url).pathname
  model = await loadModel({ reasonerDir: `${directory}base`, checkpointDir: `${directory}memgen` })
})
afterAll(async () => {
  await model.release()
})

async function straight(input: RunConfigInput, hasTwin = false): Promise<StepResult[]> {
  const rollout = Rollout.open(model, config(input), [request(model, PROMPT)])
  rollout.setTwin(hasTwin)
  const [results = []] = await finish(rollout)
  if (input !== straightOn) expect(results.filter(({ weave }) => weave !== null).length).toBeGreaterThan(3)
  expect(model.tokenizer.encode(PROMPT).length + results.length).toBeGreaterThan(TRAINED_LENGTH + 12)
  return results
}

function restored(input: RunConfigInput, results: readonly StepResult[]): Rollout {
  const record = {
    promptIds: model.tokenizer.encode(PROMPT),
    steps: results.map(({ step }) => step),
    insertions: results.flatMap(({ weave }) => (weave === null ? [] : [{ stepIndex: weave.stepIndex, latents: weave.latents }])),
  }
  return Rollout.restore(model, config(input), { id: PROMPT, sampleId: PROMPT, repeat: 0 }, record)
}

describe.each(modes)('$name', ({ input }) => {
  test('a row rewound to any step goes on as before', async () => {
    const expected = await straight(input)
    const rollout = Rollout.open(model, config(input), [request(model, PROMPT)])
    await finish(rollout)
    for (const start of expected.keys()) {
      rollout.rewind(0, start)
      const [replayed = []] = await finish(rollout)
      expectEquivalent(replayed, expected.slice(start))
    }
  })

  test('a fork at any step goes on as its parent', async () => {
    const expected = await straight(input)
    const rollout = Rollout.open(model, config(input), [request(model, PROMPT)])
    await finish(rollout)
    for (const start of expected.keys()) {
      const [ofFork = []] = await finish(rollout.fork(0, start, PROMPT))
      expectEquivalent(ofFork, expected.slice(start))
    }
  })

  test('a row restored after any step goes on as the recorded one', async () => {
    const expected = await straight(input)
    for (const stop of expected.keys()) {
      const [rest = []] = await finish(restored(input, expected.slice(0, stop)))
      expectEquivalent(rest, expected.slice(stop))
    }
  })
})

test('a twin that joins late, or goes back, reads as one that ran along', async () => {
  const expected = (await straight(inserting, true)).map(({ step }) => step.twin?.kl ?? NaN)
  const rollout = Rollout.open(model, config(inserting), [request(model, PROMPT)])
  await finish(rollout)
  rollout.setTwin(true)
  for (const start of [30, 25, 10]) {
    rollout.rewind(0, start)
    const [replayed = []] = await finish(rollout)
    for (const [index, { step }] of replayed.entries()) expect(step.twin?.kl).toBeCloseTo(expected[start + index] ?? NaN, 5)
  }
})
