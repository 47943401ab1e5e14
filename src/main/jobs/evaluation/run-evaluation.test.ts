/** @file Evaluations against an engine made of a table: what is asked, kept, skipped and judged. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import type { CallOptions } from '../../engine-host/index.ts'
import { rewardFunctions, type Sample } from '../../tasks/index.ts'
import { EvaluationFile } from './evaluation-file.ts'
import { evaluationHeaderSchema } from './evaluation-record.ts'
import { runEvaluation, type Evaluation, type PolicyArm } from './run-evaluation.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evaluation-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const config = runConfigSchema.parse({})
const header = evaluationHeaderSchema.parse({
  type: 'evaluation',
  format: 'memgen-evaluation/1',
  model: { reasonerDir: '/m' },
  modelStamp: '',
  dataPath: '/d',
  dataStamp: '',
  reward: 'exact',
  config,
})
const vanilla: PolicyArm = { name: 'vanilla', policy: { kind: 'vanilla' }, intervention: null }
const other: PolicyArm = { name: 'always+other', policy: { kind: 'always' }, intervention: { kind: 'other' } }

function sample(id: string, solution: string | null = `\\boxed{${id}}`): Sample {
  return { id, line: 1, content: { kind: 'text', prompt: `Say ${id}.`, completion: null }, solution, answers: [] }
}

interface CompleteRequest {
  readonly config: { readonly policy: unknown; readonly intervention: unknown }
  readonly samples: readonly { readonly sampleId: string }[]
  readonly donors?: readonly { readonly sampleId: string }[]
}

/** Answers each prompt right, after `before` had its say. */
function tableEngine(before: (sampleId: string) => void = () => {}): { engine: Evaluation['engine']; requests: CompleteRequest[] } {
  const requests: CompleteRequest[] = []
  const call = async (_name: string, request: CompleteRequest, options: CallOptions): Promise<null> => {
    requests.push(request)
    for (const { sampleId } of request.samples) {
      before(sampleId)
      options.signal?.throwIfAborted()
      const rest = { tokenIds: [1], decisions: [-100 as const], triggerLogits: [null], logprobs: null, insertions: { prompt: 0, inference: 0 }, finish: 'eos' as const, error: null }
      options.onCompletion?.({ sampleId, repeat: 0, text: `\\boxed{${sampleId}}`, ...rest })
    }
    options.signal?.throwIfAborted()
    return null
  }
  return { engine: { call } as Evaluation['engine'], requests }
}

async function evaluate(changes: Partial<Evaluation>, options: Parameters<typeof runEvaluation>[1] = {}): Promise<EvaluationFile> {
  const file = EvaluationFile.open(join(folder, 'run.jsonl'), header)
  const samples = ['1', '2', '3'].map((id) => sample(id))
  const given = { modelId: 'm' as ModelId, samples, donors: [sample('d')], arms: [vanilla, other], config, reward: rewardFunctions.exact }
  try {
    await runEvaluation({ engine: tableEngine().engine, ...given, file, ...changes }, options)
  } finally {
    file.close()
  }
  return file
}

test('every policy completes the same samples, judged, with progress over all of them', async () => {
  const { engine, requests } = tableEngine()
  const seen: string[] = []
  const { rows } = await evaluate({ engine }, { onProgress: (policy, fraction) => seen.push(`${policy} ${fraction.toFixed(2)}`) })
  expect(rows.map(({ policy, sampleId, reward }) => `${policy} ${sampleId} ${reward}`)).toEqual(['vanilla 1 1', 'vanilla 2 1', 'vanilla 3 1', 'always+other 1 1', 'always+other 2 1', 'always+other 3 1'])
  expect(seen).toEqual(['vanilla 0.17', 'vanilla 0.33', 'vanilla 0.50', 'always+other 0.67', 'always+other 0.83', 'always+other 1.00'])
  expect(requests.map((request) => request.config)).toMatchObject([{ policy: { kind: 'vanilla' }, intervention: null }, { policy: { kind: 'always' }, intervention: { kind: 'other' } }])
})

test('donors go to the engine only where the intervention needs them', async () => {
  const { engine, requests } = tableEngine()
  await evaluate({ engine })
  expect(requests.map(({ donors }) => donors?.map(({ sampleId }) => sampleId))).toEqual([undefined, ['d']])
})

test('what is in the file is not asked for again, whatever was added or stopped since', async () => {
  const controller = new AbortController()
  const stopping = tableEngine((sampleId) => {
    if (sampleId === '2') controller.abort(new Error('enough'))
  })
  await expect(evaluate({ engine: stopping.engine, arms: [vanilla] }, { signal: controller.signal })).rejects.toThrow('enough')
  const { engine, requests } = tableEngine()
  const fractions: number[] = []
  await evaluate({ engine, samples: ['0', '1', '2'].map((id) => sample(id)), arms: [vanilla] }, { onProgress: (_, fraction) => fractions.push(fraction) })
  expect(requests.map(({ samples }) => samples.map(({ sampleId }) => sampleId))).toEqual([['0', '2']])
  expect(fractions).toEqual([2 / 3, 1])
  const again = tableEngine()
  await evaluate({ engine: again.engine, arms: [vanilla], samples: [sample('1')] })
  expect(again.requests).toEqual([])
})

test('a sample that cannot be judged is kept with the reason', async () => {
  const { rows } = await evaluate({ samples: [sample('1', null), sample('2')], arms: [vanilla] })
  expect(rows).toMatchObject([{ reward: null, rewardError: 'sample 1: expected a sample with a solution, found none' }, { reward: 1, rewardError: null }])
})

test('a completion that cannot be written ends the run with the reason', async () => {
  const full = new Error('ENOSPC: no space left on device')
  const refuse = (): never => {
    throw full
  }
  const file = { rows: [], append: refuse } as unknown as EvaluationFile
  await expect(runEvaluation({ engine: tableEngine().engine, modelId: 'm' as ModelId, samples: [sample('1')], donors: [], arms: [vanilla], config, reward: rewardFunctions.exact, file })).rejects.toBe(full)
})
