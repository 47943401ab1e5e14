/** @file Exports read by others' readers, and imports of others' files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EvaluationRun } from '../../src/shared/domain/evaluation.ts'
import type { ExportRequest } from '../../src/shared/domain/transfer.ts'
import { openLog, type ExperimentLog, type NewResult, type ResultsQuery } from '../../src/main/log/index.ts'
import { Transfer } from '../../src/main/transfer/index.ts'
import { decodeEventFile, encodeEventFile } from '../../src/main/transfer/tensorboard-file.ts'
import { evaluationPlan, evaluationRequest, evaluationResult, evaluationRunId, evaluationSample, evaluationStamp, experimentId, randomOf, recordEvaluation } from '../support/recorded-evaluation.ts'

let folder: string
let log: ExperimentLog
let transfer: Transfer
let runs: EvaluationRun[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transfer-'))
  log = await openLog(join(folder, 'log.sqlite'))
  transfer = new Transfer({ log, exportsDir: join(folder, 'exports'), version: '1.2.3', now: () => 0 })
  runs = await recordEvaluation(log.evaluations, { runs: 2, samples: 6, hidden: 8 })
})
afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

const runIds = (): EvaluationRun['id'][] => runs.map(({ id }) => id)
const readLines = (path: string): Record<string, unknown>[] => readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
const readParquet = async (path: string): Promise<Record<string, unknown>[]> => parquetReadObjects({ file: await asyncBufferFromFile(path) })

test.each(['jsonl', 'csv', 'parquet'] as const)('runs, results and steps as %s have a row each', async (format) => {
  const tokens = runs.reduce((sum, { totals }) => sum + totals.tokens, 0)
  expect(await transfer.export({ what: 'runs', runIds: runIds(), format })).toMatchObject({ rowCount: 2 })
  expect(await transfer.export({ what: 'results', runIds: runIds(), format })).toMatchObject({ rowCount: 12 })
  const { path, rowCount } = await transfer.export({ what: 'steps', runIds: runIds(), format })
  expect(rowCount).toBe(tokens)
  expect(path).toBe(join(folder, 'exports', `steps-19700101T000000000.${format}`))
})

test('results hold what the log holds', async () => {
  const { path } = await transfer.export({ what: 'results', runIds: runIds().slice(1), format: 'parquet' })
  const rows = await readParquet(path)
  const summaries = await log.evaluations.summariesOf(runIds()[1] ?? evaluationRunId(''))
  expect(rows.map(({ sample_id, reward, tokens }) => ({ sampleId: sample_id, reward, tokenCount: Number(tokens) }))).toEqual(summaries.map(({ sampleId, reward, tokenCount }) => ({ sampleId, reward, tokenCount })))
})

test('steps of a result join to its text', async () => {
  const { path } = await transfer.export({ what: 'steps', runIds: runIds().slice(1), format: 'jsonl' })
  const { results } = await log.evaluations.listResults({ runId: runIds()[1] ?? evaluationRunId(''), show: 'all', search: '', offset: 0, limit: 10 })
  const texts = Map.groupBy(readLines(path), ({ sample_id }) => sample_id)
  for (const { sampleId, text } of results) expect((texts.get(sampleId) ?? []).map((row) => row['text']).join('')).toBe(text)
})

test('latents are a safetensors file whose tensors and metadata fit together', async () => {
  const { path, rowCount } = await transfer.export({ what: 'latents', runIds: runIds().slice(1), format: 'safetensors' })
  const bytes = readFileSync(path)
  const headerLength = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, { shape: number[]; data_offsets: number[] }> & { __metadata__: Record<string, string> }
  const [runId] = runIds().slice(1)
  const { shape, data_offsets: [begin = 0, end = 0] } = header[`${runId}/latents`] ?? { shape: [], data_offsets: [] }
  expect(shape).toEqual([rowCount, 8])
  expect(headerLength % 8).toBe(0)
  const blocks = JSON.parse(header.__metadata__[`${runId}/blocks`] ?? '') as unknown[]
  const [block] = await Array.fromAsync(log.evaluations.latentsOf(runId ?? evaluationRunId(''), 'projected'))
  expect(new Float32Array(Uint8Array.from(bytes.subarray(8 + headerLength + begin, 8 + headerLength + end)).buffer).slice(0, block?.latents.data.length)).toEqual(block?.latents.data)
  expect(blocks[0]).toEqual([block?.sampleId, 0, 0, block?.stepIndex, block?.kind])
})

/** A run of more results than are read at a time, the first ten of its samples not answered yet; `answer` records some of those. */
async function beginRun(samples: number): Promise<{ runId: EvaluationRun['id']; answer: (index: number) => Promise<unknown> }> {
  const runId = evaluationRunId('begun-0')
  const plan = evaluationPlan({ policy: { kind: 'always' }, seed: 1, repeats: 1, latents: 'projected' })
  await log.evaluations.createExperiment({ id: experimentId('begun'), name: 'begun', request: evaluationRequest() }, [{ id: runId, name: 'begun', modelName: 'Sample', plan, tags: [] }])
  await log.evaluations.saveDataset(evaluationStamp('begun', samples), 'demo-new', Array.from({ length: samples }, (_, index) => evaluationSample(index)))
  await log.evaluations.update(runId, { status: 'running', total: samples, datasetId: 'begun' })
  const random = randomOf(1)
  const resultOf = (index: number): NewResult => evaluationResult(evaluationSample(index), 0, plan, random, { tokens: 2, hidden: 8 })
  await log.evaluations.addResults(runId, Array.from({ length: samples - 10 }, (_, index) => resultOf(index + 10)))
  return { runId, answer: (index) => log.evaluations.addResults(runId, [resultOf(index)]) }
}

test('results that come in while a run is exported do not double others', async () => {
  const { runId, answer } = await beginRun(600)
  const { listResults, resultsOf } = log.evaluations
  const late = [0, 1, 2]
  const answerThem = async (): Promise<void> => {
    for (const index of late.splice(0)) await answer(index)
  }
  Object.assign(log.evaluations, {
    listResults: async (query: ResultsQuery) => {
      const page = await listResults(query)
      await answerThem()
      return page
    },
    resultsOf: async function* (id: EvaluationRun['id']) {
      for await (const result of resultsOf(id)) {
        await answerThem()
        yield result
      }
    },
  })
  const { path } = await transfer.export({ what: 'results', runIds: [runId], format: 'jsonl' })
  const ids = readLines(path).map(({ sample_id }) => sample_id)
  expect(late).toEqual([])
  expect(ids).toHaveLength(590)
  expect(new Set(ids).size).toBe(590)
})

test('latents that come in while a run is exported leave the file whole', async () => {
  const { runId, answer } = await beginRun(12)
  const { latentsOf } = log.evaluations
  let passes = 0
  Object.assign(log.evaluations, {
    latentsOf: async function* (...given: Parameters<typeof latentsOf>) {
      if (++passes === 2) await answer(3)
      yield* latentsOf(...given)
    },
  })
  const { path, rowCount } = await transfer.export({ what: 'latents', runIds: [runId], format: 'safetensors' })
  const bytes = readFileSync(path)
  const dataBegin = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, dataBegin)) as Record<string, { data_offsets: number[] }>
  expect(bytes.length).toBe(dataBegin + (header[`${runId}/block`]?.data_offsets[1] ?? 0))
  const kept = (await Array.fromAsync(latentsOf(runId, 'projected'))).filter(({ sampleId }) => sampleId !== 'sample-3').flatMap(({ latents }) => [...latents.data])
  expect(kept).toHaveLength(8 * rowCount)
  expect([...new Float32Array(Uint8Array.from(bytes.subarray(dataBegin, dataBegin + 4 * kept.length)).buffer)]).toEqual(kept)
})

test('runs without latents are no part of the file, and alone they say so', async () => {
  const [vanilla, trigger] = runIds()
  const { path } = await transfer.export({ what: 'latents', runIds: runIds(), format: 'safetensors' })
  const bytes = readFileSync(path)
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)))) as Record<string, unknown>
  expect(Object.keys(header)).toEqual(['__metadata__', `${trigger}/latents`, `${trigger}/block`])
  await expect(transfer.export({ what: 'latents', runIds: [vanilla ?? evaluationRunId('')], format: 'safetensors' })).rejects.toThrow(/there are no recorded latents/)
})

test('event files end at the run’s accuracy', async () => {
  const { path } = await transfer.export({ what: 'runs', runIds: runIds(), format: 'tensorboard' })
  const name = readdirSync(path).find((folderName) => folderName.includes('vanilla')) ?? ''
  const [file = ''] = readdirSync(join(path, name))
  const scalars = decodeEventFile(file, readFileSync(join(path, name, file)))
  expect(scalars.findLast(({ tag }) => tag === 'eval/accuracy')?.value).toBeCloseTo(runs[0]?.accuracy?.estimate ?? -1, 6)
})

test('runs of one name get folders of their own, and none that is there is written to', async () => {
  const again = await recordEvaluation(log.evaluations, { id: 'experiment-too', runs: 1, samples: 3 })
  const path = join(folder, 'tensorboard')
  const request: ExportRequest = { what: 'runs', runIds: [...runIds(), ...again.map(({ id }) => id)], format: 'tensorboard' }
  await transfer.export(request, path)
  const written = readdirSync(path)
  expect(written).toHaveLength(3)
  expect(written.filter((name) => name.startsWith('demo-new_vanilla_seed_42_'))).toHaveLength(2)
  const bytes = written.map((name) => readFileSync(join(path, name, readdirSync(join(path, name))[0] ?? '')))
  await expect(transfer.export({ ...request, runIds: runIds().slice(1) }, path)).rejects.toThrow(/demo-new_trigger_seed_42_experiment-1: it is there already/)
  expect(written.map((name) => readFileSync(join(path, name, readdirSync(join(path, name))[0] ?? '')))).toEqual(bytes)
})

test('a report opens offline, holds its data and never model output as markup', async () => {
  const [first, second] = runIds()
  await log.evaluations.annotate(runIds(), {})
  const { path, rowCount } = await transfer.export({ what: 'report', runIds: runIds(), baselineId: first ?? evaluationRunId(''), format: 'html' })
  const page = readFileSync(path, 'utf8')
  expect(rowCount).toBe(6)
  expect(page).not.toMatch(/https?:\/\/|<script(?! type="application\/json")|<img|<link/)
  const data = JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(page)?.[1] ?? '') as { comparison: { pairs: { runId: string }[] }; samples: unknown[] }
  expect(data.comparison.pairs.map(({ runId }) => runId)).toEqual([second])
  expect(data.samples).toHaveLength(6)
})

test('a baseline that is none of the report’s runs stands in it as one', async () => {
  const [first, second] = runIds() as [EvaluationRun['id'], EvaluationRun['id']]
  const page = async (ids: EvaluationRun['id'][]): Promise<string> => readFileSync((await transfer.export({ what: 'report', runIds: ids, baselineId: first, format: 'html' })).path, 'utf8')
  const alone = await page([second])
  expect(alone).toMatch(/(Helped|Harmed): \d/)
  expect(alone).toBe(await page([first, second]))
})

test.each<ExportRequest['what']>(['results', 'steps', 'latents'])('%s of a run that is not there is refused', async (what) => {
  await expect(transfer.export({ what, runIds: [evaluationRunId('gone')], format: 'jsonl' } as ExportRequest)).rejects.toThrow('No run gone in the log')
})

test('what a format cannot hold is refused', async () => {
  await expect(transfer.export({ what: 'results', runIds: runIds(), format: 'safetensors' })).rejects.toThrow('results can be written as jsonl, csv or parquet, not as safetensors')
})

const answers = [
  { prompt: 'What is 1 + 1?', solution: '2', completion: 'It is \\boxed{2}', metrics: { compute_reward: 1, length: 9 } },
  { prompt: 'What is 2 + 2?', solution: '4', completion: '\\boxed{5}', metrics: { compute_reward: 0, length: 5 } },
  { summary_metrics: { compute_reward: 0.5 } },
]

function write(name: string, lines: readonly unknown[]): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `${lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')}\n`)
  return path
}

test('the reference’s answer.json becomes a run, named after its folder, once', async () => {
  const path = write('.cache/evaluate/gsm8k/qwen/pn=1_pl=8_in=5_il=8_2026/evaluate/answer.json', answers)
  const imported = await transfer.import({ path, kind: null, name: null })
  expect(imported).toMatchObject({ kind: 'answer-json', resultCount: 2, warnings: ['Of the metrics compute_reward, length the rewards are compute_reward.'] })
  const run = await log.evaluations.getRun(imported.runIds[0] ?? evaluationRunId(''))
  expect(run).toMatchObject({ name: 'pn=1_pl=8_in=5_il=8_2026', importedFrom: path, status: 'finished', total: 2, totals: { done: 2, judged: 2, right: 1 }, plan: { task: { name: 'gsm8k' }, config: { maxInferenceAugNum: 5 } } })
  const found = await log.evaluations.getResult({ runId: run?.id ?? evaluationRunId(''), sampleId: 'line-2', repeat: 0 })
  expect(found).toMatchObject({ result: { text: '\\boxed{5}' }, sample: { solution: '4', prompt: { text: 'What is 2 + 2?' } } })
  expect(await transfer.import({ path, kind: null, name: null })).toMatchObject({ runIds: [], skippedCount: 1 })
})

test('samples of lm-evaluation-harness become a run for each filter', async () => {
  const sample = (filter: string, docId: number, exact: number): unknown => ({ doc_id: docId, doc: { question: 'q' }, target: '72', arguments: { gen_args_0: { arg_0: 'Q: how many?', arg_1: {} } }, resps: [['#### 72']], filtered_resps: ['72'], filter, metrics: ['exact_match'], exact_match: exact })
  const path = write('samples_gsm8k_2026.jsonl', [sample('strict-match', 0, 0), sample('flexible-extract', 0, 1), sample('strict-match', 1, 1), sample('flexible-extract', 1, 1)])
  const { runIds: imported } = await transfer.import({ path, kind: null, name: null })
  const accuracies = await Promise.all(imported.map(async (id) => (await log.evaluations.getRun(id))?.accuracy?.estimate))
  expect(accuracies).toEqual([0.5, 1])
})

test('line and paragraph separators in a text end no line, carriage returns before a line feed are none of it', async () => {
  const completion = 'first\u2028second\u2029third'
  const path = write('answer.json', [`${JSON.stringify({ ...answers[0], completion })}\r`])
  const { runIds: [runId] } = await transfer.import({ path, kind: null, name: null })
  expect(await log.evaluations.getResult({ runId: runId ?? evaluationRunId(''), sampleId: 'line-1', repeat: 0 })).toMatchObject({ result: { text: completion } })
})

test('a document that has a line for each of several filters without names is a result of each', async () => {
  const line = (docId: number, exact: number): unknown => ({ doc_id: docId, resps: [['72']], exact_match: exact })
  const path = write('samples_gsm8k_2024.jsonl', [line(0, 0), line(1, 1), line(0, 1), line(1, 1)])
  const { runIds: imported } = await transfer.import({ path, kind: null, name: null })
  const found = await Promise.all(imported.map(async (id) => await log.evaluations.getRun(id)))
  expect(found.map((run) => [run?.name, run?.accuracy?.estimate])).toEqual([['samples_gsm8k_2024 (filter 1)', 0.5], ['samples_gsm8k_2024 (filter 2)', 1]])
})

test.each([
  ['answer.json', ['{"prompt": 1, "completion": "x"}'], /answer\.json, line 1, prompt: expected text, found 1/],
  ['answer.json', [answers[0], 'hello'], /answer\.json, line 2: expected a JSON object/],
  ['samples_x.jsonl', ['{"doc_id": null}'], /samples_x\.jsonl, line 1, doc_id/],
  ['samples_x.jsonl', ['{"doc_id": 7, "filter": "none"}', '{"doc_id": 8, "filter": "none"}', '{"doc_id": 7, "filter": "none"}'], /samples_x\.jsonl, lines 1 and 3, doc_id: expected each document once under the filter "none", found 7 twice/],
  ['what.txt', ['hello'], /what\.txt: expected a bundle, an answer\.json/],
])('%s that is not what it should be is refused with its place', async (name, lines, message) => {
  await expect(transfer.import({ path: write(name, lines), kind: null, name: null })).rejects.toThrow(message)
  expect(await log.evaluations.listRuns()).toHaveLength(runs.length)
})

test('a file whose import failed is imported the next time', async () => {
  const { addResults } = log.evaluations
  Object.assign(log.evaluations, { addResults: () => Promise.reject(new Error('the disk is full')) })
  const path = write('answer.json', answers)
  await expect(transfer.import({ path, kind: null, name: null })).rejects.toThrow('the disk is full')
  const [left] = (await log.evaluations.listRuns()).filter(({ importedFrom }) => importedFrom !== null)
  expect(left).toMatchObject({ status: 'cancelled', error: 'Not imported to its end: the disk is full' })
  Object.assign(log.evaluations, { addResults })
  expect(await transfer.import({ path, kind: null, name: null })).toMatchObject({ runIds: [left?.id], resultCount: 2, skippedCount: 0 })
  expect(await log.evaluations.getRun(left?.id ?? evaluationRunId(''))).toMatchObject({ status: 'finished', error: null, totals: { done: 2 } })
})

test('TensorBoard’s event files become curves, the last value of a step that was written twice', async () => {
  const root = join(folder, 'tb')
  mkdirSync(join(root, 'weaver'), { recursive: true })
  const scalar = (step: number, value: number) => ({ tag: 'train/loss', step, value, wallTime: 10 + step })
  writeFileSync(join(root, 'weaver', 'events.out.tfevents.1.host'), encodeEventFile([scalar(1, 4), scalar(2, 3)], 10))
  writeFileSync(join(root, 'weaver', 'events.out.tfevents.2.host'), encodeEventFile([scalar(2, 2.5), scalar(3, 2)], 12))
  const { curvesIds, resultCount } = await transfer.import({ path: root, kind: null, name: null })
  expect(resultCount).toBe(3)
  expect(await log.curves.list()).toMatchObject([{ id: curvesIds[0], name: 'tb/weaver', tags: ['train/loss'], createdAt: 11_000 }])
  const [id] = curvesIds
  expect(id === undefined ? null : await log.curves.series(id)).toEqual([{ tag: 'train/loss', steps: Float64Array.of(1, 2, 3), values: Float64Array.of(4, 2.5, 2) }])
  expect(await transfer.import({ path: root, kind: null, name: null })).toMatchObject({ curvesIds: [], skippedCount: 1 })
})
