/** @file Samples played against an engine made of a table: turns, draws, judging, what fails and what stops. */
import { expect, test } from 'vitest'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import type { TaskSample } from '../../../shared/domain/task.ts'
import type { EngineCalls } from '../../engine/protocol.ts'
import type { CallOptions } from '../../engine-host/index.ts'
import type { NewResult } from '../../log/index.ts'
import type { Environment } from '../../tasks/index.ts'
import { playSamples, type PlayedRun } from './play-samples.ts'

type CompleteRequest = EngineCalls['complete']['request']

function sample(id: string): TaskSample {
  return { id, origin: `data.jsonl, line ${id}`, domain: null, prompt: { kind: 'text', text: id }, solution: id, answers: [], extra: {} }
}

/** Writes the sample's name and its repeat, and counts the calls. */
function tableEngine(before: (sampleId: string) => void = () => {}): { engine: PlayedRun['engine']; requests: CompleteRequest[] } {
  const requests: CompleteRequest[] = []
  const call = async (name: string, request: CompleteRequest, { signal, onCompletion }: CallOptions): Promise<unknown> => {
    if (name === 'truncate') return { text: 'cut', isTruncated: true }
    requests.push(request)
    for (const { sampleId, repeat } of request.samples) {
      before(sampleId)
      signal?.throwIfAborted()
      onCompletion?.({ sampleId, repeat, text: `${sampleId}#${repeat}`, tokenIds: [1, 2], decisions: [1, -100], triggerLogits: [null, null], logprobs: null, insertions: { prompt: 1, inference: 2 }, finish: 'eos', error: null })
    }
    signal?.throwIfAborted()
    return null
  }
  return { engine: { call } as PlayedRun['engine'], requests }
}

/** Asks once more `turns - 1` times, and is content with anything. */
function environmentOf(maxTurns: number, changes: Partial<Environment> = {}): Environment {
  return {
    maxTurns,
    set: ({ prompt }) => prompt,
    step: async (_, turns, text) => ({ text, next: turns.length + 1 < maxTurns ? { observation: `seen ${turns.length}`, prompt: { kind: 'text', text: `${text}, then` } } : null }),
    reward: async ({ solution }, turns) => ({ reward: 1, error: null, extracted: turns.at(-1)?.text ?? null, expected: solution }),
    close: async () => undefined,
    ...changes,
  }
}

function play(changes: Partial<PlayedRun>, { ids = ['a', 'b'], repeats = 1, signal = new AbortController().signal }: { ids?: string[]; repeats?: number; signal?: AbortSignal } = {}): Promise<NewResult[]> {
  const run: PlayedRun = { engine: tableEngine().engine, modelId: 'm' as ModelId, config: runConfigSchema.parse({}), environment: environmentOf(1), latents: 'none', batchSize: 2, donors: [], ...changes }
  const wanted = ids.flatMap((id) => Array.from({ length: repeats }, (_, repeat) => ({ sample: sample(id), repeat })))
  const results: NewResult[] = []
  return playSamples(run, wanted, { signal, onResult: (result) => results.push(result) }).then(() => results)
}

test('every repeat of every sample is generated and judged', async () => {
  const results = await play({}, { repeats: 2 })
  expect(results.map(({ result: { sampleId, repeat, text, tokenCount, judgement } }) => [sampleId, repeat, text, tokenCount, judgement.reward])).toEqual([
    ['a', 0, 'a#0', 2, 1],
    ['a', 1, 'a#1', 2, 1],
    ['b', 0, 'b#0', 2, 1],
    ['b', 1, 'b#1', 2, 1],
  ])
})

test('an episode goes on with what the environment asks, each turn with draws of its own', async () => {
  const { engine, requests } = tableEngine()
  const [first] = await play({ engine, environment: environmentOf(3) }, { ids: ['a'] })
  expect(requests.map(({ samples }) => samples)).toEqual([
    [{ prompt: { kind: 'text', text: 'a' }, sampleId: 'a', repeat: 0 }],
    [{ prompt: { kind: 'text', text: 'a#0, then' }, sampleId: 'a/turn-1', repeat: 0 }],
    [{ prompt: { kind: 'text', text: 'a/turn-1#0, then' }, sampleId: 'a/turn-2', repeat: 0 }],
  ])
  expect(first?.turns.map(({ turn, text, observation }) => [turn, text, observation])).toEqual([[0, 'a#0', 'seen 0'], [1, 'a/turn-1#0', 'seen 1'], [2, 'a/turn-2#0', null]])
  expect(first?.result).toMatchObject({ turnCount: 3, tokenCount: 6, insertions: { prompt: 3, inference: 6 }, text: 'a#0\nseen 0\na/turn-1#0\nseen 1\na/turn-2#0' })
})

test('samples that have ended leave the turn to those that go on, a chunk of samples at a time', async () => {
  const { engine, requests } = tableEngine()
  const environment = environmentOf(2, { step: async ({ id }, turns, text) => ({ text, next: id.endsWith('1') && turns.length === 0 ? { observation: 'more', prompt: { kind: 'text', text: 'more' } } : null }) })
  const ids = Array.from({ length: 10 }, (_, index) => `${index}`)
  expect(await play({ engine, environment, batchSize: 2 }, { ids })).toHaveLength(10)
  expect(requests.map(({ samples }) => samples.length)).toEqual([8, 1, 2])
})

test('an environment that fails ends its sample with the reason and without a reward', async () => {
  const environment = environmentOf(1, {
    step: async ({ id }, _, text) => {
      if (id === 'a') throw new Error('the retriever did not answer')
      return { text, next: null }
    },
  })
  const results = await play({ environment })
  expect(results.find(({ result }) => result.sampleId === 'a')?.result).toMatchObject({ error: 'the retriever did not answer', judgement: { reward: null, error: 'the retriever did not answer' }, text: 'a#0' })
  expect(results.find(({ result }) => result.sampleId === 'b')?.result).toMatchObject({ error: null, judgement: { reward: 1 } })
})

test('the engine goes on with the next samples while slow judges work, four at a time', async () => {
  const { promise: verdict, resolve: decide } = Promise.withResolvers<null>()
  let judging = 0
  let most = 0
  const environment = environmentOf(2, {
    step: async (_, __, text) => ({ text, next: null }),
    reward: async () => {
      most = Math.max(most, ++judging)
      await verdict
      judging--
      return { reward: 0, error: null, extracted: null, expected: null }
    },
  })
  const { engine, requests } = tableEngine((id) => {
    // The second chunk is under way although nobody has judged the first.
    if (id === '8') decide(null)
  })
  const results = await play({ engine, environment, batchSize: 2 }, { ids: Array.from({ length: 9 }, (_, index) => `${index}`) })
  expect(requests).toHaveLength(2)
  expect(results).toHaveLength(9)
  expect(most).toBe(4)
})

test('what was stopped is told no more, and the reason is thrown', async () => {
  const controller = new AbortController()
  const { engine } = tableEngine((id) => {
    if (id === 'b') controller.abort(new Error('enough'))
  })
  await expect(play({ engine }, { ids: ['a', 'b', 'c'], signal: controller.signal })).rejects.toThrow('enough')
})

test('donors and centroids go to the engine only where there are some', async () => {
  const { engine, requests } = tableEngine()
  await play({ engine }, { ids: ['a'] })
  await play({ engine, donors: [{ sampleId: 'd', prompt: { kind: 'text', text: 'd' } }], centroids: { rows: 1, columns: 1, values: new Float32Array([1]) } as never }, { ids: ['a'] })
  expect(requests.map(({ donors, centroids }) => [donors?.map(({ sampleId }) => sampleId), centroids !== undefined])).toEqual([[undefined, false], [['d'], true]])
})
