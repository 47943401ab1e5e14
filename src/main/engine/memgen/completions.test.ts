/** @file Completions: what they hold, and that neither batch nor refilled places change what a row draws. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changedCopy, overwriteTensor, removeCopies } from '../../../../test/support/damaged-folder.ts'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import { completionText } from '../tokenization/completion-text.ts'
import { generateCompletions, type CompletionRequest } from './completions.ts'
import type { Insertion } from './insertion.ts'
import type { MemGenModel } from './memgen-model.ts'
import { PromptRejectedError } from './resolved-run.ts'
import { Rollout } from './rollout.ts'

const PROMPTS = ['What is 7, plus 5.\n', 'Once, upon a time.\n', 'a b c d e f g h', '1', 'The end,\n', ' and so on, and so on, and so on, and so on, and so on, and so on,']
const sampled = {
  policy: { kind: 'trigger' },
  triggerActive: true,
  triggerDoSample: true,
  sampling: { doSample: true, temperature: 1.2 },
  maxNewTokens: 18,
  seed: 3,
} satisfies RunConfigInput

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

function requests(repeats = 1): CompletionRequest[] {
  return PROMPTS.flatMap((text) => Array.from({ length: repeats }, (_, repeat) => ({ promptIds: model.tokenizer.encode(text), sampleId: text, repeat })))
}

function choices({ tokenIds, decisions, text, finish: end }: Completion): unknown {
  return { tokenIds, decisions, text, finish: end }
}

test('a completion holds what a rollout of its row alone records', async () => {
  const completions = await generateCompletions(model, config(sampled), requests(), { batchSize: 1, withLogprobs: true })
  expect(completions.some(({ insertions }) => insertions.inference > 0)).toBe(true)
  for (const [index, completion] of completions.entries()) {
    const [results = []] = await finish(Rollout.open(model, config(sampled), [request(model, PROMPTS[index] ?? '')]))
    const steps = results.map(({ step }) => step)
    const kinds = results.flatMap(({ weave }) => weave?.kind ?? [])
    expect(completion).toEqual({
      sampleId: PROMPTS[index],
      repeat: 0,
      tokenIds: steps.map(({ tokenId }) => tokenId),
      text: completionText(model.tokenizer, steps.map(({ tokenId }) => tokenId)),
      decisions: steps.map(({ decision }) => decision),
      triggerLogits: steps.map(({ triggerLogits }) => triggerLogits),
      logprobs: steps.map(({ logprob }) => logprob),
      insertions: { prompt: kinds.filter((kind) => kind === 'prompt').length, inference: kinds.filter((kind) => kind === 'inference').length },
      candidateCount: completion.candidateCount,
      finish: completion.finish,
      error: null,
    })
  }
})

test.each([2, 3, 5, 100])('%i rows at a time change neither draws nor order', async (batchSize) => {
  const alone = await generateCompletions(model, config(sampled), requests(3), { batchSize: 1 })
  const heard: number[] = []
  const batched = await generateCompletions(model, config(sampled), requests(3), { batchSize, onRow: (_, index) => heard.push(index) })
  expect(batched.map(choices)).toEqual(alone.map(choices))
  expect(heard.sort((a, b) => a - b)).toEqual(requests(3).map((_, index) => index))
})

test('repeats of a sample draw differently', async () => {
  const completions = await generateCompletions(model, config(sampled), requests(2))
  const first = completions.filter(({ repeat }) => repeat === 0)
  const second = completions.filter(({ repeat }) => repeat === 1)
  expect(second.map(({ tokenIds }) => tokenIds)).not.toEqual(first.map(({ tokenIds }) => tokenIds))
})

test('logprobs are left out unless asked for', async () => {
  const [completion] = await generateCompletions(model, config(sampled), requests().slice(0, 1))
  expect(completion?.logprobs).toBeNull()
})

test('every insertion is heard of with the request it belongs to', async () => {
  const heard: { insertion: Insertion; index: number }[] = []
  const always = config({ ...sampled, policy: { kind: 'always' } })
  const completions = await generateCompletions(model, always, requests(), { batchSize: 2, onInsertion: (insertion, index) => heard.push({ insertion, index }) })
  for (const [index, { insertions }] of completions.entries()) {
    const own = heard.filter((entry) => entry.index === index).map(({ insertion }) => insertion.kind)
    expect(own).toEqual([...Array<string>(insertions.prompt).fill('prompt'), ...Array<string>(insertions.inference).fill('inference')])
  }
})

test('a prompt that cannot be generated from fails alone', async () => {
  const bad: CompletionRequest = { promptIds: [], sampleId: 'empty', repeat: 0 }
  const good = requests()
  const mixed = [bad, ...good.slice(0, 3), bad, ...good.slice(3), bad]
  const completions = await generateCompletions(model, config(sampled), mixed, { batchSize: 2 })
  expect(completions.map(({ error }) => error)).toEqual(mixed.map(({ promptIds }) => (promptIds.length === 0 ? 'The prompt is empty.' : null)))
  expect(await generateCompletions(model, config(sampled), [bad])).toMatchObject([{ finish: 'error', tokenIds: [] }])
})

test('nothing is generated from nothing', async () => {
  expect(await generateCompletions(model, config(sampled), [])).toEqual([])
})

test('a config that the model cannot follow is refused', async () => {
  const base = await loadModel({ reasonerDir: goldenLocation('qwen2').reasonerDir })
  await expect(generateCompletions(base, config({ policy: { kind: 'always' } }), requests())).rejects.toThrow(PromptRejectedError)
  await base.release()
})

test('an abort is heard between two steps; completions heard of before are kept', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const heard: Completion[] = []
  const running = generateCompletions(model, config(sampled), requests(), {
    batchSize: 1,
    signal: controller.signal,
    onRow: (completion) => {
      heard.push(completion)
      if (heard.length === 2) controller.abort(reason)
    },
  })
  await expect(running).rejects.toBe(reason)
  expect(heard).toHaveLength(2)
})

test('a row whose numbers break breaks neither its neighbours nor who comes in its place', async () => {
  const base = join(import.meta.dirname, '../../../../test/cases/qwen3_three_bases/base')
  const whole = await loadModel({ reasonerDir: base })
  const { tokenizer, config: { hiddenSize } } = whole
  await whole.release()
  const [badId = 0] = tokenizer.encode('Z')
  const reasonerDir = changedCopy(base, (folder) => overwriteTensor(join(folder, 'model.safetensors'), 'model.embed_tokens.weight', NaN, { start: badId * hiddenSize, end: (badId + 1) * hiddenSize }))
  const damaged = await loadModel({ reasonerDir })
  const ids = tokenizer.encode(PROMPTS[0] ?? '')
  const request = (sampleId: string, promptIds: readonly number[]): CompletionRequest => ({ sampleId, repeat: 0, promptIds })
  const broken = request('broken', ids.with(2, badId))
  const longer = request('longer', [...ids, 5, 6, 7].with(2, badId))
  const others = [request('beside', ids), request('after', ids.slice(0, -1))]
  const plain = { policy: { kind: 'vanilla' }, maxNewTokens: 8 } satisfies RunConfigInput
  const alone = (await generateCompletions(damaged, config(plain), others, { batchSize: 1 })).map(choices)
  for (const first of [broken, longer]) {
    const [failed, ...rest] = await generateCompletions(damaged, config(plain), [first, ...others], { batchSize: 2 })
    expect(failed).toMatchObject({ finish: 'error' })
    expect(rest.map(choices)).toEqual(alone)
  }
  await damaged.release()
  removeCopies()
})
