/** @file Compact records against full traces of the same samples: column by column the same numbers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { CompactRecord } from '../../../shared/domain/compact-record.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import { generateCompletions, type CompletionOptions } from './completions.ts'
import type { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

/** The last one ends inside a character, which what is generated may go on with. */
const PROMPTS = ['What is 7, plus 5.\n', 'Once, upon a time.\n', 'a b c d e f g h', ' and so on, and so on,', 'é\ud83d']
const sampled = {
  triggerActive: true,
  triggerDoSample: true,
  sampling: { doSample: true, temperature: 1.2 },
  maxNewTokens: 24,
  maxInferenceAugNum: 4,
  seed: 3,
} satisfies RunConfigInput
const configs: Readonly<Record<string, RunConfigInput>> = {
  'a trained trigger': { ...sampled, policy: { kind: 'trigger' } },
  'the constant trigger': { ...sampled, policy: { kind: 'trigger' }, triggerActive: false },
  'always, with zeroed latents': { ...sampled, policy: { kind: 'always' }, intervention: { kind: 'zero' } },
  'token ids as candidates': { ...sampled, policy: { kind: 'always' }, gate: 'token-id' },
  'chosen candidates': { ...sampled, policy: { kind: 'candidates', ordinals: [0, 2] } },
  'no memory': { ...sampled, policy: { kind: 'vanilla' } },
  'greedy': { ...sampled, policy: { kind: 'random', probability: 0.5 }, sampling: {} },
}

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

async function recordsOf(input: RunConfigInput, options: CompletionOptions): Promise<CompactRecord[]> {
  const requests = PROMPTS.map((text) => request(model, text))
  const completions = await generateCompletions(model, config(input), requests, options)
  return completions.flatMap(({ record }) => record ?? [])
}

async function traceOf(input: RunConfigInput, text: string): Promise<StepResult[]> {
  const [results = []] = await finish(Rollout.open(model, config(input), [request(model, text)]))
  return results
}

/** The compact record that a full one amounts to. */
function compacted(text: string, results: readonly StepResult[]): CompactRecord {
  const steps = results.map(({ step }) => step)
  return {
    promptTokenCount: model.tokenizer.encode(text).length,
    tokenIds: Int32Array.from(steps, ({ tokenId }) => tokenId),
    texts: steps.map((step) => step.text),
    logprobs: Float32Array.from(steps, ({ logprob }) => logprob),
    entropies: Float32Array.from(steps, ({ entropy }) => entropy),
    asked: steps.flatMap(({ index, decision, decisionSource, gateReason, triggerLogits }) =>
      decisionSource === null ? [] : [{ stepIndex: index, decision, source: decisionSource, delimiter: delimiterIn(gateReason), triggerLogits }],
    ),
    donors: null,
    weaves: results.flatMap(({ weave }) =>
      weave === null ? [] : [{ stepIndex: weave.stepIndex, kind: weave.kind, contextLength: weave.contextLength, norms: weave.norms, latents: weave.latents.data, latentsBeforeProjection: weave.latentsBeforeProjection.data }],
    ),
  }
}

function delimiterIn(gateReason: string | null): string | null {
  const quoted = /^ends with (".*")$/.exec(gateReason ?? '')?.[1]
  if (quoted !== undefined) return JSON.parse(quoted) as string
  const tokenId = /^token (\d+) is a delimiter$/.exec(gateReason ?? '')?.[1]
  return tokenId === undefined ? null : model.tokenizer.tokenText(Number(tokenId))
}

describe.each(Object.entries(configs))('%s', (_, input) => {
  test('a row alone has the record of its full trace, bit for bit', async () => {
    const records = await recordsOf(input, { batchSize: 1, record: 'all' })
    for (const [index, record] of records.entries()) {
      const text = PROMPTS[index] ?? ''
      expect(record).toEqual(compacted(text, await traceOf(input, text)))
    }
    expect(records).toHaveLength(PROMPTS.length)
  })

  test('three rows at a time have the ids, texts, decisions and delimiters of their full traces', async () => {
    const choices = ({ tokenIds, texts, asked }: CompactRecord): unknown => ({ tokenIds, texts, asked: asked.map((place) => ({ ...place, triggerLogits: null })) })
    const records = await recordsOf(input, { batchSize: 3, record: 'none' })
    for (const [index, record] of records.entries()) {
      const text = PROMPTS[index] ?? ''
      expect(choices(record)).toEqual(choices(compacted(text, await traceOf(input, text))))
    }
  })
})

test('latents are kept as asked for; norms always are', async () => {
  const always = { ...sampled, policy: { kind: 'always' } } satisfies RunConfigInput
  for (const [latents, hasProjected, hasWoven] of [['none', false, false], ['projected', true, false], ['all', true, true]] as const) {
    const [record] = await recordsOf(always, { record: latents })
    expect(record?.weaves.length).toBeGreaterThan(1)
    for (const weave of record?.weaves ?? []) {
      expect(weave.norms).toHaveLength(weave.kind === 'prompt' ? model.summary.promptLatentsLen : model.summary.inferenceLatentsLen)
      expect([weave.latents !== null, weave.latentsBeforeProjection !== null]).toEqual([hasProjected, hasWoven])
    }
  }
})

test('a prompt that was refused has an empty record; without asking for one there is none', async () => {
  const refused = { ...request(model, ''), promptIds: [] }
  const [completion] = await generateCompletions(model, config(), [refused], { record: 'all' })
  expect(completion?.record).toMatchObject({ promptTokenCount: 0, texts: [], asked: [], weaves: [] })
  expect(await recordsOf(sampled, {})).toEqual([])
})
