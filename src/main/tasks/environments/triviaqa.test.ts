/** @file TriviaQA's dialogue with a search that is made up. Real corpora and servers are in test/process. */
import { describe, expect, test } from 'vitest'
import type { TaskSample } from '../../../shared/domain/task.ts'
import type { openRetriever, PassageSearch } from '../retrieval/index.ts'
import type { EnvironmentTools, Turn } from '../task.ts'
import { createTriviaqaEnvironment } from './triviaqa.ts'

const sample: TaskSample = {
  id: 't1',
  origin: 'validation.parquet, row 1',
  domain: null,
  prompt: {
    kind: 'messages',
    messages: [
      { role: 'system', content: 'Search.' },
      { role: 'user', content: 'Capital of France?' },
    ],
  },
  solution: 'Paris',
  answers: ['paris', 'city of light'],
  extra: {},
}
const { signal } = new AbortController()
const tools: EnvironmentTools = { truncate: async (text, maxTokens) => ({ text: text.slice(0, maxTokens), isTruncated: text.length > maxTokens }), signal }
const retriever = { kind: 'local', corpusPath: 'corpus.jsonl' } as const

/** Answers every query with passages of these contents. */
function createFake(...contents: string[]) {
  const calls = { opened: 0, closed: 0, queries: [] as string[] }
  const search: PassageSearch = {
    async retrieve(query, topk) {
      calls.queries.push(`${query} (${topk})`)
      return contents.map((text) => ({ document: { contents: text } }))
    },
    async close() {
      calls.closed++
    },
  }
  const open = async () => {
    calls.opened++
    return search
  }
  return { calls, environment: createTriviaqaEnvironment({ retriever, open }) }
}

const turnsOf = (...texts: string[]): Turn[] => texts.map((text, index) => ({ text, observation: index < texts.length - 1 ? 'told' : null }))

describe('createTriviaqaEnvironment', () => {
  test('a search is cut after its tag, answered with three passages, and the whole history is asked anew', async () => {
    const { calls, environment } = createFake('"Paris"\nA city.', 'Lyon')
    const first = { text: '<think> hm </think>\n<search> early </search>', observation: 'nothing' }
    const step = await environment.step(sample, [first], '<search> capital\nof France </search> and more', tools)
    const observation = 'Doc 1(Title: "Paris") A city.\nDoc 2(Title: Lyon) \n'
    expect(step.text).toBe('<search> capital\nof France </search>')
    expect(step.next).toEqual({
      observation,
      prompt: {
        kind: 'messages',
        messages: [
          { role: 'system', content: 'Search.' },
          { role: 'user', content: 'Capital of France?' },
          { role: 'assistant', content: first.text },
          { role: 'user', content: 'nothing' },
          { role: 'assistant', content: step.text },
          { role: 'user', content: observation },
        ],
      },
    })
    expect(calls.queries).toEqual(['capital (3)'])
    expect(environment.set(sample)).toBe(sample.prompt)
  })

  test('an observation is cut to 512 tokens', async () => {
    const { environment } = createFake(`Title\n${'x'.repeat(1_000)}`)
    const { next } = await environment.step(sample, [], '<search>q</search>', tools)
    expect(next?.observation).toHaveLength(512)
    expect(next?.prompt).toMatchObject({ messages: [{}, {}, {}, { content: next?.observation }] })
  })

  test('an answer ends it', async () => {
    const { calls, environment } = createFake()
    expect(await environment.step(sample, [], '<answer> Paris </answer>!', tools)).toEqual({ text: '<answer> Paris </answer>', next: null })
    expect(calls.opened).toBe(0)
  })

  test('what is neither is told what would be', async () => {
    const { environment } = createFake()
    const { next } = await environment.step(sample, [], 'It is Paris.', tools)
    expect(next?.observation).toContain('My previous action is invalid.')
  })

  test('a search that finds nothing says so', async () => {
    const { environment } = createFake()
    const { next } = await environment.step(sample, [], '<search>zebra</search>', tools)
    expect(next?.observation).toBe('Cannot find corresponding pages.')
  })

  test('the fifth turn is the last, and what it searches for is not looked up', async () => {
    const { calls, environment } = createFake('Page')
    const turns = turnsOf('<search>1</search>', '<search>2</search>', '<search>3</search>', '<search>4</search>')
    expect(environment.maxTurns).toBe(5)
    expect((await environment.step(sample, turns.slice(1), '<search>4</search>', tools)).next).not.toBeNull()
    expect(await environment.step(sample, turns, '<search>5</search> x', tools)).toEqual({ text: '<search>5</search>', next: null })
    expect(calls.queries).toEqual(['4 (3)'])
  })

  test('without a retriever, or with one that fails, the sample fails and never hears of nothing found', async () => {
    const none = createTriviaqaEnvironment({ retriever: null })
    await expect(none.step(sample, [], '<search>q</search>', tools)).rejects.toThrow('no retriever was chosen')
    const broken = createTriviaqaEnvironment({ retriever, open: () => Promise.reject(new Error('corpus.jsonl: line 7')) })
    await expect(broken.step(sample, [], '<search>q</search>', tools)).rejects.toThrow('corpus.jsonl: line 7')
    await broken.close()
  })

  test('prepares its retriever before the first search, and fails where that fails', async () => {
    const stages: [string, number][] = []
    const open: typeof openRetriever = async (_, { onProgress }) => {
      onProgress?.(0.5)
      return { retrieve: async () => [], close: async () => {} }
    }
    await createTriviaqaEnvironment({ retriever, open }).prepare?.({ signal, onProgress: (...stage) => stages.push(stage) })
    expect(stages).toEqual([['indexing the corpus', 0.5]])
    await createTriviaqaEnvironment({ retriever: null }).prepare?.({ signal })
    const broken = createTriviaqaEnvironment({ retriever, open: () => Promise.reject(new Error('corpus.jsonl: line 7')) })
    await expect(broken.prepare?.({ signal })).rejects.toThrow('corpus.jsonl: line 7')
  })

  test('opens its retriever once, and again after a failure', async () => {
    const { calls, environment } = createFake('Page')
    await Promise.all([1, 2, 3].map((n) => environment.step(sample, [], `<search>${n}</search>`, tools)))
    expect(calls.opened).toBe(1)
    await environment.close()
    expect(calls.closed).toBe(1)

    let attempts = 0
    const open = async () => {
      if (++attempts === 1) throw new Error('busy')
      return { retrieve: async () => [], close: async () => {} }
    }
    const late = createTriviaqaEnvironment({ retriever, open })
    await expect(late.step(sample, [], '<search>q</search>', tools)).rejects.toThrow('busy')
    expect((await late.step(sample, [], '<search>q</search>', tools)).next).not.toBeNull()
  })

  test('judges the answer of the last turn', async () => {
    const { environment } = createFake()
    const reward = (...texts: string[]) => environment.reward(sample, turnsOf(...texts), signal)
    expect(await reward('<search>q</search>', '<answer> It is Paris, of course </answer>')).toEqual({ reward: 1, error: null, extracted: 'it is paris, of course', expected: 'paris | city of light' })
    expect(await reward('<answer>Lyon</answer>')).toMatchObject({ reward: 0, extracted: 'lyon' })
    expect(await reward('<answer>first line\nparis</answer>')).toMatchObject({ reward: 0, extracted: 'first line' })
    expect(await reward('<search>paris</search>')).toMatchObject({ reward: 0, error: null, extracted: null })
    expect(await reward()).toMatchObject({ reward: 0, extracted: null })
    expect(await environment.reward({ ...sample, answers: [] }, [], signal)).toMatchObject({ reward: null, error: 'sample t1: expected a sample with an answer, found none' })
  })
})
