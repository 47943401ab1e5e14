/** @file Bundles from log to log: everything arrives as it was, once; damage is named; nothing lands outside the folder. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { unzipSync, zipSync } from 'fflate'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EvaluationRun } from '../../src/shared/domain/evaluation.ts'
import { openLog, type ExperimentLog } from '../../src/main/log/index.ts'
import { Transfer } from '../../src/main/transfer/index.ts'
import { evaluationRunId, recordEvaluation } from '../support/recorded-evaluation.ts'

let folder: string
let source: ExperimentLog
let target: ExperimentLog
let runs: EvaluationRun[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transfer-'))
  source = await openLog(join(folder, 'source.sqlite'))
  target = await openLog(join(folder, 'target.sqlite'))
  runs = await recordEvaluation(source.evaluations, { runs: 2, samples: 5, repeats: 2, turns: 2, latents: 'all' })
})
afterEach(async () => {
  await source.close()
  await target.close()
  rmSync(folder, { recursive: true })
})

const transferOf = (log: ExperimentLog): Transfer => new Transfer({ log, exportsDir: join(folder, 'exports'), version: '1.2.3', now: () => 0 })

async function exportBundle(): Promise<string> {
  const { path } = await transferOf(source).export({ what: 'bundle', runIds: runs.map(({ id }) => id), format: 'bundle' })
  return path
}

const importFrom = (path: string): ReturnType<Transfer['import']> => transferOf(target).import({ path, kind: null, name: null })

async function everythingOf(log: ExperimentLog, { id: runId }: EvaluationRun): Promise<unknown> {
  const { results } = await log.evaluations.listResults({ runId, show: 'all', search: '', offset: 0, limit: 1000 })
  const whole = await Promise.all(results.map(({ sampleId, repeat }) => log.evaluations.getResult({ runId, sampleId, repeat })))
  const run = await log.evaluations.getRun(runId)
  const judgings = await Promise.all(results.map(({ sampleId, repeat }) => log.evaluations.judgingOf({ runId, sampleId, repeat })))
  return { run: { ...run, importedFrom: null, updatedAt: 0 }, whole, judgings, scorings: await log.evaluations.scoringsOf(runId), experiment: run && (await log.evaluations.getExperiment(run.experimentId)) }
}

test('runs, results, records, latents, verdicts and marks arrive as they were', async () => {
  const [first] = runs as [EvaluationRun]
  await source.evaluations.audit({ runId: first.id, sampleId: 'sample-1', repeat: 1 }, { isRight: false, failureMode: 'planning' })
  await source.evaluations.annotate([first.id], { addTags: ['kept'], note: 'é\nnote', isStarred: true })
  const path = await exportBundle()
  expect(await importFrom(path)).toMatchObject({ kind: 'bundle', runIds: runs.map(({ id }) => id), resultCount: 20, skippedCount: 0 })
  for (const run of runs) expect(await everythingOf(target, run)).toEqual(await everythingOf(source, run))
  expect((await target.evaluations.getRun(first.id))?.importedFrom).toBe(path)
})

test('the same bundle twice adds nothing, and runs made here are left alone', async () => {
  const path = await exportBundle()
  await importFrom(path)
  const before = await Promise.all(runs.map((run) => everythingOf(target, run)))
  expect(await importFrom(path)).toMatchObject({ runIds: [], resultCount: 0, skippedCount: 2 })
  expect(await Promise.all(runs.map((run) => everythingOf(target, run)))).toEqual(before)
  expect(await transferOf(source).import({ path, kind: null, name: null })).toMatchObject({ runIds: [], skippedCount: 2 })
})

test('donors of latents arrive with their run and its records; a bundle of before they were recorded has none', async () => {
  const { id: runId } = runs[0] ?? { id: evaluationRunId('none') }
  const donors = [{ sampleId: 'donor', prompt: { kind: 'text' as const, text: 'Why?' } }]
  const positions = { prompt: [0], inference: [0, 0] }
  await source.evaluations.saveDonors(runId, donors)
  const database = new Database(source.path)
  database.prepare('update evaluation_turn set donors = ? where run_id = ?').run(JSON.stringify(positions), runId)
  database.close()
  const root = unpack(await exportBundle())
  await importFrom(root)
  expect(await target.evaluations.donorsOf(runId)).toEqual(donors)
  expect((await target.evaluations.getResult({ runId, sampleId: 'sample-1', repeat: 0 }))?.turns.map(({ record }) => record.donors)).toEqual([positions, positions])

  const lines = readFileSync(join(root, 'runs.jsonl'), 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
  rewrite(root, 'runs.jsonl', lines.map(({ donors: _, scorings: __, ...older }) => `${JSON.stringify(older)}\n`).join(''))
  const elsewhere = await openLog(join(folder, 'elsewhere.sqlite'))
  await transferOf(elsewhere).import({ path: root, kind: null, name: null })
  expect(await elsewhere.evaluations.donorsOf(runId)).toEqual([])
  await elsewhere.close()
})

test('line and paragraph separators in texts end no line, whether a bundle escapes them or not', async () => {
  const [{ id: runId }] = runs as [EvaluationRun]
  const note = 'one\u2028two\u2029three'
  await source.evaluations.annotate([runId], { note })
  const root = unpack(await exportBundle())
  const written = readFileSync(join(root, 'runs.jsonl'), 'utf8')
  expect(written).toContain(String.raw`one\u2028two\u2029three`)
  // Other writers, and this one of before, leave them as they are; some end lines in a carriage return as well.
  rewrite(root, 'runs.jsonl', written.replace(String.raw`one\u2028two\u2029three`, note).replaceAll('\n', '\r\n'))
  await importFrom(root)
  expect((await target.evaluations.getRun(runId))?.note).toBe(note)
})

test('what was judged again arrives with its scorings and with what was found before', async () => {
  const [{ id: runId }, { id: otherId }] = runs as [EvaluationRun, EvaluationRun]
  const judge = (reward: number) => [0, 1].map((repeat) => ({ sampleId: 'sample-2', repeat, judgement: { reward, error: null, extracted: `${reward}`, expected: '5' } }))
  await source.evaluations.rescore(runId, { kind: 'exact', ignoresCase: true }, judge(1))
  await source.evaluations.rescore(runId, { kind: 'boxed' }, judge(0))
  const path = await exportBundle()
  await importFrom(path)
  for (const run of runs) expect(await everythingOf(target, run)).toEqual(await everythingOf(source, run))
  expect(await target.evaluations.lastScoring(runId)).toEqual({ kind: 'boxed' })
  expect(await target.evaluations.judgingOf({ runId, sampleId: 'sample-2', repeat: 1 })).toMatchObject({ scoringNumber: 2, former: [{ scoringNumber: 0 }, { scoringNumber: 1, judgement: { reward: 1, extracted: '1' } }] })
  // Judged on in both places since.
  await target.evaluations.rescore(otherId, null, [])
  const before = await everythingOf(target, runs[1] as EvaluationRun)
  expect(await importFrom(path)).toMatchObject({ runIds: [], skippedCount: 2, warnings: ['demo-new trigger seed 42 was judged otherwise here than in the bundle, and stays as it is.'] })
  expect(await everythingOf(target, runs[1] as EvaluationRun)).toEqual(before)
})

test('a run that is judged again while it is written is in no bundle', async () => {
  const { getResult } = source.evaluations
  const [{ id: runId }] = runs as [EvaluationRun]
  let isJudged = false
  Object.assign(source.evaluations, {
    getResult: async (key: Parameters<typeof getResult>[0]) => {
      if (!isJudged) await source.evaluations.rescore(runId, null, [])
      isJudged = true
      return getResult(key)
    },
  })
  await expect(exportBundle()).rejects.toThrow('run experiment-0: it was judged again while it was written.')
})

test('an import that fails leaves runs that say so and are not to be taken up, and goes on when it is made again', async () => {
  const { addResults } = target.evaluations
  let calls = 0
  const failing: typeof addResults = (...given) => (++calls === 2 ? Promise.reject(new Error('the disk is full')) : addResults(...given))
  Object.assign(target.evaluations, { addResults: failing })
  const path = await exportBundle()
  await expect(importFrom(path)).rejects.toThrow('the disk is full')
  const [first, second] = runs as [EvaluationRun, EvaluationRun]
  expect(await target.evaluations.getRun(first.id)).toMatchObject({ status: 'finished', error: null, totals: { done: 10 } })
  expect(await target.evaluations.getRun(second.id)).toMatchObject({ status: 'cancelled', error: 'Not imported to its end: the disk is full', totals: { done: 0 } })
  expect(await importFrom(path)).toMatchObject({ runIds: [second.id], resultCount: 10 })
  for (const run of runs) expect(await everythingOf(target, run)).toEqual(await everythingOf(source, run))
})

test('a run whose import was killed is not to be taken up', async () => {
  const [{ id, name, modelName, plan, tags, experimentId }] = runs as [EvaluationRun]
  const experiment = await source.evaluations.getExperiment(experimentId)
  if (experiment === undefined) throw new Error('internal: it was recorded')
  await target.evaluations.createExperiment(experiment, [{ id, name, modelName, plan, tags, importedFrom: 'a.memgen.zip' }])
  expect(await target.evaluations.getRun(id)).toMatchObject({ status: 'cancelled', error: 'Not imported to its end. Import the file again.' })
})

test('a run that was imported from another program goes on in a bundle, its samples with it', async () => {
  const path = join(folder, 'answer.json')
  writeFileSync(path, `${JSON.stringify({ prompt: 'What is 1 + 1?', solution: '2', completion: '2', metrics: { reward: 1 } })}\n`)
  const { runIds } = await transferOf(source).import({ path, kind: null, name: null })
  const bundle = await transferOf(source).export({ what: 'bundle', runIds, format: 'bundle' })
  expect(await importFrom(bundle.path)).toMatchObject({ runIds, resultCount: 1 })
  const imported = await Promise.all(runIds.map((runId) => source.evaluations.getRun(runId)))
  expect(imported).toHaveLength(1)
  for (const run of imported) if (run !== undefined) expect(await everythingOf(target, run)).toEqual(await everythingOf(source, run))
})

test('an unpacked bundle is read from its folder', async () => {
  expect(await importFrom(unpack(await exportBundle()))).toMatchObject({ resultCount: 20 })
})

test.each([
  ['a changed file', (root: string) => writeFileSync(join(root, 'runs.jsonl'), readFileSync(join(root, 'runs.jsonl'), 'utf8').replace('trigger', 'trigged')), /runs\.jsonl: its checksum differs/],
  ['a shorter file', (root: string) => writeFileSync(join(root, 'results/0.jsonl'), ''), /results\/0\.jsonl: expected \d+ bytes, found 0/],
  ['a missing file', (root: string) => rmSync(join(root, 'datasets.jsonl')), /datasets\.jsonl: it is listed in the manifest and missing/],
  ['no manifest at all', (root: string) => writeFileSync(join(root, 'manifest.json'), '{}'), /manifest\.json, format/],
  ['a path that leaves the folder', (root: string) => changeManifest(root, (files) => [...files, { path: '../secret', sizeBytes: 1, sha256: '0'.repeat(64) }]), /"\.\.\/secret": expected a name inside the bundle/],
  ['a link that leaves the folder', (root: string) => replaceByLink(root), /runs\.jsonl: expected a file of the bundle, found a link/],
  ['a line that is no result', (root: string) => rewrite(root, 'results/0.jsonl', '{"result": 1}\n'), /results\/0\.jsonl, line 1: result: /],
  ['a result of a sample that is not there', (root: string) => rewrite(root, 'samples/0.jsonl', readFileSync(join(root, 'samples/0.jsonl'), 'utf8').split('\n').slice(1).join('\n')), /results\/0\.jsonl, line 1: result\.sampleId: expected a sample of the run's dataset/],
  ['a sample twice', (root: string) => rewrite(root, 'samples/0.jsonl', readFileSync(join(root, 'samples/0.jsonl'), 'utf8').repeat(2)), /samples\/0\.jsonl: expected each sample once/],
  ['a run twice', (root: string) => rewrite(root, 'runs.jsonl', readFileSync(join(root, 'runs.jsonl'), 'utf8').repeat(2)), /runs\.jsonl: expected each run once/],
  ['an experiment twice', (root: string) => rewrite(root, 'experiments.jsonl', readFileSync(join(root, 'experiments.jsonl'), 'utf8').repeat(2)), /experiments\.jsonl: expected each experiment once/],
  ['a record whose columns differ in length', (root: string) => rewrite(root, 'results/1.jsonl', readFileSync(join(root, 'results/1.jsonl'), 'utf8').replace(/"entropies":{"\$float32":"[^"]*"}/, '"entropies":{"$float32":""}')), /results\/1\.jsonl, line 1: turns\.0\.record: expected columns of one length/],
  ['a run whose dataset is not there', (root: string) => rewrite(root, 'datasets.jsonl', ''), /runs\.jsonl: run experiment-0 is on dataset dataset of 5, which is not in the bundle/],
  ['a judgement by a scoring that is not there', (root: string) => rewrite(root, 'results/1.jsonl', readFileSync(join(root, 'results/1.jsonl'), 'utf8').replaceAll(/}$/gm, ',"judging":{"scoringNumber":1,"former":[]}}')), /results\/1\.jsonl, line 1: judging: expected one of the run's 0 scorings/],
  ['a line that is no JSON', (root: string) => rewrite(root, 'experiments.jsonl', 'hello\n'), /experiments\.jsonl, line 1: expected JSON/],
])('%s is refused by name', async (_what, damage, message) => {
  const root = unpack(await exportBundle())
  damage(root)
  await expect(transferOf(target).import({ path: root, kind: 'bundle', name: null })).rejects.toThrow(message)
  expect(await target.evaluations.listRuns()).toEqual([])
})

test('a zip whose entry leaves the folder is refused', async () => {
  const path = join(folder, 'evil.zip')
  writeFileSync(path, zipSync({ '../evil.txt': Buffer.from('x'), 'manifest.json': Buffer.from('{}') }))
  await expect(importFrom(path)).rejects.toThrow(/evil\.zip, "\.\.\/evil\.txt"/)
})

function unpack(path: string): string {
  const root = join(folder, 'unpacked')
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(path)))) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), bytes)
  }
  return root
}

type ManifestFile = { path: string; sizeBytes: number; sha256: string }

function changeManifest(root: string, change: (files: ManifestFile[]) => ManifestFile[]): void {
  const path = join(root, 'manifest.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { files: ManifestFile[] }
  writeFileSync(path, JSON.stringify({ ...manifest, files: change(manifest.files) }))
}

/** Another content with the right sums. */
function rewrite(root: string, name: string, content: string): void {
  writeFileSync(join(root, name), content)
  const sha256 = createHash('sha256').update(content).digest('hex')
  changeManifest(root, (files) => files.map((file) => (file.path === name ? { ...file, sizeBytes: Buffer.byteLength(content), sha256 } : file)))
}

function replaceByLink(root: string): void {
  const outside = join(folder, 'outside.jsonl')
  writeFileSync(outside, readFileSync(join(root, 'runs.jsonl')))
  rmSync(join(root, 'runs.jsonl'))
  symlinkSync(outside, join(root, 'runs.jsonl'))
}
