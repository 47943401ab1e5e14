/** @file Rows with one prompt: it is read once, and nobody notices. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'

const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
const OTHER = 'Once, upon a time.\n'
/** A prompt read in another batch: products are summed in another order there. */
const BATCH_TOLERANCE = 1e-4
const sampled = {
  policy: { kind: 'trigger' },
  triggerActive: true,
  triggerDoSample: true,
  maxNewTokens: 12,
  sampling: { doSample: true, temperature: 1.2 },
} satisfies RunConfigInput

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(async () => {
  await model.release()
})

/** Positions each role is given from here on. */
function countPositions(): { reasoner: number; weaver: number; trigger: number } {
  const counts = { reasoner: 0, weaver: 0, trigger: 0 }
  const { reasoner, memory } = model
  if (memory?.trigger === undefined) throw new Error('internal: the golden model has a trigger')
  const { trigger, weaver } = memory
  const read = reasoner.forward.bind(reasoner)
  const ask = trigger.ask.bind(trigger)
  const weave = weaver.weave.bind(weaver)
  vi.spyOn(reasoner, 'forward').mockImplementation((cache, inputs) => {
    for (const { ids } of inputs) counts.reasoner += ids.length
    return read(cache, inputs)
  })
  vi.spyOn(trigger, 'ask').mockImplementation((cache, requests) => {
    for (const { row, ids } of requests) counts.trigger += ids.length - cache.length(row)
    return ask(cache, requests)
  })
  vi.spyOn(weaver, 'weave').mockImplementation((cache, requests) => {
    for (const { row, context } of requests) counts.weaver += context.length - cache.length(row)
    return weave(cache, requests)
  })
  return counts
}

test('repeats of a prompt cost their last token each, and its trigger and weaver are asked once', async () => {
  const promptLength = model.tokenizer.encode(PROMPT).length
  const requests = Array.from({ length: 5 }, (_, repeat) => request(model, PROMPT, { repeat }))
  const rollout = Rollout.open(model, config({ ...sampled, triggerActive: false }), requests)
  const counts = countPositions()
  await rollout.step()
  const latents = model.memory?.checkpoint.promptLatentsLen ?? 0
  const inserting = rollout.rows.filter(({ context }) => context.length > promptLength + 1).length
  expect(counts).toEqual({ reasoner: promptLength + 4 + inserting * latents, weaver: promptLength, trigger: 0 })
  rollout.dispose()

  const asked = Rollout.open(model, config(sampled), requests)
  Object.assign(counts, { reasoner: 0, weaver: 0, trigger: 0 })
  await asked.step()
  expect(counts.trigger).toBe(promptLength)
  asked.dispose()
})

test('every row among repeats generates what it generates alone', async () => {
  const requests = [0, 1, 2].flatMap((repeat) => [request(model, PROMPT, { repeat }), request(model, OTHER, { repeat })])
  const together = await finish(Rollout.open(model, config(sampled), requests))
  for (const [index, one] of requests.entries()) {
    const [alone = []] = await finish(Rollout.open(model, config(sampled), [one]))
    const inBatch = together[index] ?? []
    expect(inBatch.map(({ step: { tokenId, decision } }) => ({ tokenId, decision }))).toEqual(alone.map(({ step: { tokenId, decision } }) => ({ tokenId, decision })))
    for (const [place, { logits }] of inBatch.entries()) {
      expect(Math.max(...logits.map((value, id) => Math.abs(value - (alone[place]?.logits[id] ?? NaN))))).toBeLessThan(BATCH_TOLERANCE)
    }
  }
})

test('a row that replaces another takes the prompt over from those that have it, and nothing of the row before', async () => {
  const rollout = Rollout.open(model, config({ ...sampled, maxNewTokens: 4 }), [request(model, OTHER), request(model, PROMPT)])
  await finish(rollout)
  rollout.replace(0, request(model, PROMPT, { repeat: 1 }))
  const counts = countPositions()
  const replaced = await rollout.step()
  expect(counts.reasoner).toBeLessThan(model.tokenizer.encode(PROMPT).length)
  replaced.push(...((await finish(rollout))[0] ?? []))
  const [alone = []] = await finish(Rollout.open(model, config({ ...sampled, maxNewTokens: 4 }), [request(model, PROMPT, { repeat: 1 })]))
  expect(replaced.map(({ step }) => step.tokenId)).toEqual(alone.map(({ step }) => step.tokenId))
  expect(() => {
    Rollout.open(model, config(sampled), [request(model, PROMPT)]).replace(0, request(model, OTHER))
  }).toThrow(/has not finished/)
})
