/** @file Runs with everything that belongs to them as one zip, for another workbench. It does not know where the log keeps them. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { EvaluationRun, RecordedScoring } from '../../../shared/domain/evaluation.ts'
import type { DatasetStamp, TaskName } from '../../../shared/domain/task.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { TransferError } from '../errors.ts'
import { writeWhole } from '../write-whole.ts'
import { BUNDLE_FORMAT, DATASETS_NAME, encodeLine, EXPERIMENTS_NAME, MANIFEST_NAME, resultsName, RUNS_NAME, samplesName, type Manifest } from './bundle-format.ts'
import { writeZip, type ZipEntry } from './zip-file.ts'

/** @returns the number of results. Throws TransferError where the file cannot be written or would be too large, or a run is judged again meanwhile. */
export async function writeBundle(path: string, log: EvaluationLog, runs: readonly EvaluationRun[], createdAt: number): Promise<number> {
  const bundle = new BundleEntries(path, log, runs, createdAt)
  await writeWhole(path, (temporaryPath) => writeZip(temporaryPath, bundle.entries()))
  return bundle.resultCount
}

interface JudgedRun {
  readonly run: EvaluationRun
  readonly scorings: readonly RecordedScoring[]
}

class BundleEntries {
  resultCount = 0
  readonly #path: string
  readonly #log: EvaluationLog
  readonly #runs: readonly EvaluationRun[]
  readonly #createdAt: number
  readonly #files: Manifest['files'] = []

  constructor(path: string, log: EvaluationLog, runs: readonly EvaluationRun[], createdAt: number) {
    this.#path = path
    this.#log = log
    this.#runs = runs
    this.#createdAt = createdAt
  }

  /** The manifest last: it holds the others' sums. */
  async *entries(): AsyncGenerator<ZipEntry> {
    const datasets = await this.#datasets()
    const runs = await this.#judgedRuns()
    yield this.#entry(EXPERIMENTS_NAME, this.#experiments())
    yield this.#entry(RUNS_NAME, this.#runLines(runs))
    yield this.#entry(DATASETS_NAME, lines(datasets.map(({ task, stamp }, index) => ({ task, stamp, samples: samplesName(index) }))))
    for (const [index, { stamp }] of datasets.entries()) yield this.#entry(samplesName(index), lines(await this.#log.samplesOf(stamp.id)))
    for (const [index, run] of runs.entries()) yield this.#entry(resultsName(index), this.#results(run))
    const manifest: Manifest = { format: BUNDLE_FORMAT, createdAt: this.#createdAt, files: this.#files }
    yield { name: MANIFEST_NAME, chunks: utf8([`${JSON.stringify(manifest, null, 2)}\n`]) }
  }

  /** Each dataset once. Those of imported runs are in the log alone: such runs have no provenance. */
  async #datasets(): Promise<{ task: TaskName; stamp: DatasetStamp }[]> {
    const datasets: { task: TaskName; stamp: DatasetStamp }[] = []
    for (const datasetId of new Set(this.#runs.flatMap((run) => run.datasetId ?? []))) {
      const dataset = await this.#log.getDataset(datasetId)
      if (dataset === undefined) throw new Error(`internal: dataset ${datasetId} of a run is not recorded`)
      datasets.push(dataset)
    }
    return datasets
  }

  #entry(path: string, texts: AsyncIterable<string>): ZipEntry {
    return { name: path, chunks: this.#summed(path, utf8(texts)) }
  }

  async *#summed(path: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256')
    let sizeBytes = 0
    for await (const chunk of chunks) {
      hash.update(chunk)
      sizeBytes += chunk.length
      yield chunk
    }
    this.#files.push({ path, sizeBytes, sha256: hash.digest('hex') })
  }

  async *#experiments(): AsyncGenerator<string> {
    for (const id of new Set(this.#runs.map(({ experimentId }) => experimentId))) {
      const experiment = await this.#log.getExperiment(id)
      if (experiment === undefined) throw new Error(`internal: experiment ${id} of a run is not recorded`)
      yield encodeLine(experiment)
    }
  }

  async #judgedRuns(): Promise<JudgedRun[]> {
    const runs: JudgedRun[] = []
    for (const run of this.#runs) runs.push({ run, scorings: await this.#log.scoringsOf(run.id) })
    return runs
  }

  async *#runLines(runs: readonly JudgedRun[]): AsyncGenerator<string> {
    for (const [index, { run, scorings }] of runs.entries()) yield encodeLine({ run, results: resultsName(index), donors: await this.#log.donorsOf(run.id), scorings })
  }

  async *#results({ run: { id: runId, datasetId }, scorings }: JudgedRun): AsyncGenerator<string> {
    // What came since would have no samples in this bundle.
    if (datasetId === null) return
    for await (const { sampleId, repeat } of this.#log.resultsOf(runId)) {
      const key = { runId, sampleId, repeat }
      const found = await this.#log.getResult(key)
      if (found === undefined) throw new Error(`internal: result ${sampleId}/${repeat} of run ${runId} is listed and not recorded`)
      this.resultCount++
      yield encodeLine({ result: found.result, turns: found.turns, ...(scorings.length > 0 && { judging: await this.#log.judgingOf(key) }) })
    }
    if (!isDeepStrictEqual(await this.#log.scoringsOf(runId), scorings)) throw new TransferError(this.#path, `run ${runId}`, 'it was judged again while it was written. Export it again.')
  }
}

async function* lines(values: Iterable<unknown>): AsyncGenerator<string> {
  for (const value of values) yield encodeLine(value)
}

async function* utf8(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text)
}
