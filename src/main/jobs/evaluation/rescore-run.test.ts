/** @file What is judged again, and by whom. How texts are scored is shown in tasks. */
import { expect, it } from 'vitest'
import type { EvaluationRun, SampleResult } from '../../../shared/domain/evaluation.ts'
import type { Scoring, TaskSample } from '../../../shared/domain/task.ts'
import type { EvaluationLog } from '../../log/index.ts'
import type { Environment } from '../../tasks/index.ts'
import { judgedBy, rescoreRun } from './rescore-run.ts'

const sample = { id: 's', solution: '1', answers: [], domain: null } as unknown as TaskSample // no more of it is read
const anyDigit: Scoring = { kind: 'regex', pattern: String.raw`(\d)`, flags: '' }

function logOf(results: readonly Partial<SampleResult>[]) {
  const judged: unknown[] = []
  const log: Partial<EvaluationLog> = {
    samplesOf: () => Promise.resolve([sample]),
    listResults: () => Promise.resolve({ results: results.map((result, repeat) => ({ sampleId: 's', repeat, judgement: null, ...result }) as unknown as SampleResult), total: results.length }),
    getResult: ({ repeat }) => Promise.resolve({ turns: [{ text: results[repeat]?.text ?? '' }] } as unknown as Awaited<ReturnType<EvaluationLog['getResult']>>),
    rescore: (_runId, _scoring, judgements) => {
      judged.push(...judgements.map(({ repeat, judgement }) => [repeat, judgement.reward]))
      return Promise.resolve({} as EvaluationRun)
    },
  }
  return { log: log as EvaluationLog, judged }
}

it('what an engine wrote before it failed is judged, what an environment never answered is not', async () => {
  const { log, judged } = logOf([
    { text: '1', finish: 'eos', error: null },
    { text: '2', finish: 'error', error: 'logits are NaN' },
    { text: '1', finish: 'eos', error: 'the search server did not answer' },
  ])
  await rescoreRun(log, { id: 'run', datasetId: 'data', plan: {} } as unknown as EvaluationRun, anyDigit, {})
  expect(judged).toEqual([[0, 1], [1, 0]])
})

it('an environment keeps its ways, and is judged by another scoring', async () => {
  const environment = {
    maxTurns: 3,
    set: () => ({ kind: 'text', text: 'asked' }),
    reward: () => Promise.reject(new Error('not asked')),
    close: () => Promise.resolve(),
  } as unknown as Environment
  const judged = judgedBy(environment, anyDigit)
  expect([judged.maxTurns, judged.set(sample)]).toEqual([3, { kind: 'text', text: 'asked' }])
  expect(await judged.reward(sample, [{ text: 'it is 1', observation: null }], new AbortController().signal)).toMatchObject({ reward: 1 })
})
