/**
 * @file A bundle from another workbench into the log: the manifest is checked first, byte by byte, then every line, and only then anything is
 * written. Taken up again where an import was interrupted; runs that are here already stay as they are.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { EvaluationRun, Experiment } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId, ExperimentId } from '../../../shared/domain/experiment-ids.ts'
import type { DatasetStamp, TaskName, TaskSample } from '../../../shared/domain/task.ts'
import type { ImportResult } from '../../../shared/domain/transfer.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { TransferError } from '../errors.ts'
import { addRunResults } from '../imports/add-run-results.ts'
import { readTextLines } from '../text-lines.ts'
import { bundledDatasetSchema, bundledExperimentSchema, bundledResultSchema, bundledRunSchema, bundledSampleSchema, DATASETS_NAME, decodeLine, EXPERIMENTS_NAME, MANIFEST_NAME, manifestSchema, RUNS_NAME, type BundledResult, type BundledRun } from './bundle-format.ts'
import { placeInside } from './place-inside.ts'
import { unpackZip } from './zip-file.ts'

/** From a zip or the folder of an unpacked one. Throws TransferError that names the file and the entry, line or field. */
export async function importBundle(path: string, log: EvaluationLog): Promise<ImportResult> {
  if ((await stat(path)).isDirectory()) return importFolder(path, path, log)
  const folder = await mkdtemp(join(tmpdir(), 'memgen-bundle-'))
  try {
    await unpackZip(path, folder)
    return await importFolder(path, folder, log)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function importFolder(path: string, folder: string, log: EvaluationLog): Promise<ImportResult> {
  const bundle = await BundleFolder.open(path, folder)
  const experiments = await bundle.all(EXPERIMENTS_NAME, bundledExperimentSchema)
  const bundled = await bundle.all(RUNS_NAME, bundledRunSchema)
  checkIds(path, EXPERIMENTS_NAME, 'experiment', experiments)
  checkIds(path, RUNS_NAME, 'run', bundled.map(({ run }) => run))
  const present = new Map((await log.listRuns()).map((run) => [run.id, run]))
  const isHere = ({ run }: BundledRun): boolean => present.has(run.id) && present.get(run.id)?.importedFrom == null
  const absent = bundled.filter((one) => !isHere(one))
  const warnings: string[] = []
  const wanted: BundledRun[] = []
  for (const one of absent) {
    if (await isJudgedAlike(log, present.get(one.run.id), one)) wanted.push(one)
    else warnings.push(`${one.run.name} was judged otherwise here than in the bundle, and stays as it is.`)
  }
  const datasets = await readDatasets(path, log, bundle, wanted)
  checkExperiments(path, experiments, wanted)
  for (const one of wanted) await bundle.check(one.results, resultSchemaOf(one, datasets))
  for (const { stamp, task, samples } of datasets.values()) await log.saveDataset(stamp, task, samples)
  await createMissing(path, log, experiments, wanted.filter(({ run }) => !present.has(run.id)).map(({ run }) => run))
  const grown: EvaluationRunId[] = []
  let resultCount = 0
  for (const one of wanted) {
    const { run, results, donors, scorings } = one
    const before = present.get(run.id)
    await log.saveDonors(run.id, donors)
    await log.saveScorings(run.id, scorings)
    const { done } = await addRunResults(log, run, bundle.lines(results, resultSchemaOf(one, datasets)))
    resultCount += done - (before?.totals.done ?? 0)
    if (before === undefined || done > before.totals.done) grown.push(run.id)
  }
  return { kind: 'bundle', runIds: grown, curvesIds: [], resultCount, skippedCount: bundled.length - grown.length, warnings }
}

/** Runs keep their ids. An experiment that is here already stays as it is: further runs come in under a copy of it. */
async function createMissing(path: string, log: EvaluationLog, experiments: readonly Experiment[], runs: readonly EvaluationRun[]): Promise<void> {
  for (const experiment of experiments) {
    const own = runs.filter(({ experimentId }) => experimentId === experiment.id)
    if (own.length === 0) continue
    const isTaken = (await log.getExperiment(experiment.id)) !== undefined
    const { name, request, createdAt } = experiment
    const id = isTaken ? (randomUUID() as string as ExperimentId) : experiment.id
    await log.createExperiment({ id, name, request, createdAt }, own.map((run) => ({ id: run.id, name: run.name, modelName: run.modelName, plan: run.plan, tags: run.tags, importedFrom: path, createdAt: run.createdAt })))
  }
}

/** Results of two judgings in one run would be counted as one. A run that has no results yet takes the bundle's. */
async function isJudgedAlike(log: EvaluationLog, before: EvaluationRun | undefined, { run, scorings }: BundledRun): Promise<boolean> {
  if (before === undefined) return true
  const kept = await log.scoringsOf(run.id)
  return isDeepStrictEqual(kept, scorings) || (kept.length === 0 && before.totals.done === 0)
}

interface ReadDataset {
  readonly stamp: DatasetStamp
  readonly task: TaskName
  readonly samples: readonly TaskSample[]
}

/** By id. Throws TransferError where a run's own is neither in the bundle nor here. */
async function readDatasets(path: string, log: EvaluationLog, bundle: BundleFolder, runs: readonly BundledRun[]): Promise<Map<string, ReadDataset>> {
  const datasets = new Map<string, ReadDataset>()
  for (const { stamp, task, samples: name } of await bundle.all(DATASETS_NAME, bundledDatasetSchema)) {
    const samples = await bundle.all(name, bundledSampleSchema)
    checkIds(path, name, 'sample', samples)
    datasets.set(stamp.id, { stamp, task, samples })
  }
  for (const { run: { id, datasetId } } of runs) {
    if (datasetId === null || datasets.has(datasetId)) continue
    const here = await log.getDataset(datasetId)
    if (here === undefined) throw new TransferError(path, RUNS_NAME, `run ${id} is on dataset ${datasetId}, which is not in the bundle. A newer version of the workbench bundles it with the run.`)
    datasets.set(datasetId, { ...here, samples: await log.samplesOf(datasetId) })
  }
  return datasets
}

function checkIds(path: string, name: string, what: string, all: readonly { readonly id: string }[]): void {
  if (new Set(all.map(({ id }) => id)).size < all.length) throw new TransferError(path, name, `expected each ${what} once, found two with one id`)
}

function checkExperiments(path: string, experiments: readonly Experiment[], runs: readonly BundledRun[]): void {
  const orphan = runs.find(({ run }) => experiments.every(({ id }) => id !== run.experimentId))?.run
  if (orphan !== undefined) throw new TransferError(path, RUNS_NAME, `run ${orphan.id} belongs to experiment ${orphan.experimentId}, which is not in the bundle`)
}

/** A result of one of the run's samples, judged by one of its scorings. */
function resultSchemaOf({ run, scorings }: BundledRun, datasets: ReadonlyMap<string, ReadDataset>): z.ZodType<BundledResult> {
  const sampleIds = new Set(run.datasetId === null ? [] : datasets.get(run.datasetId)?.samples.map(({ id }) => id))
  return bundledResultSchema
    .refine(({ result }) => sampleIds.has(result.sampleId), { path: ['result', 'sampleId'], message: "expected a sample of the run's dataset" })
    .refine(({ judging }) => [judging, ...(judging?.former ?? [])].every((one) => (one?.scoringNumber ?? 0) <= scorings.length), { path: ['judging'], message: `expected one of the run's ${scorings.length} scorings` })
}

/** Files of a bundle, which may be read only after the manifest's sums were found right. */
class BundleFolder {
  readonly #path: string
  readonly #folder: string
  readonly #names: ReadonlySet<string>

  private constructor(path: string, folder: string, names: ReadonlySet<string>) {
    this.#path = path
    this.#folder = folder
    this.#names = names
  }

  static async open(path: string, folder: string): Promise<BundleFolder> {
    const { files } = await readManifest(path, folder)
    for (const file of files) await checkFile(path, folder, file)
    return new BundleFolder(path, folder, new Set(files.map((file) => file.path)))
  }

  async all<Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.infer<Schema>[]> {
    const values: z.infer<Schema>[] = []
    for await (const value of this.lines(name, schema)) values.push(value)
    return values
  }

  /** Reads every line. Throws TransferError with the first that is not what it should be. */
  async check(name: string, schema: z.ZodType): Promise<void> {
    for await (const _ of this.lines(name, schema)) continue
  }

  async *lines<Schema extends z.ZodType>(name: string, schema: Schema): AsyncGenerator<z.infer<Schema>> {
    if (!this.#names.has(name)) throw new TransferError(this.#path, MANIFEST_NAME, `${name} is needed and not listed`)
    for await (const { place, text } of readTextLines(placeInside(this.#path, this.#folder, name), { path: this.#path, entry: name })) yield this.#parse(place, text, schema)
  }

  #parse<Schema extends z.ZodType>(place: string, text: string, schema: Schema): z.infer<Schema> {
    let value: unknown
    try {
      value = decodeLine(text)
    } catch {
      throw new TransferError(this.#path, place, 'expected JSON, found something else')
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw new TransferError(this.#path, place, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not what a bundle holds'}`)
  }
}

async function readManifest(path: string, folder: string): Promise<z.infer<typeof manifestSchema>> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(join(folder, MANIFEST_NAME), 'utf8'))
  } catch (cause) {
    throw new TransferError(path, MANIFEST_NAME, 'expected the manifest of a bundle, found none that can be read', { cause })
  }
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new TransferError(path, `${MANIFEST_NAME}, ${issue?.path.join('.') ?? ''}`, issue?.message ?? 'not a manifest')
}

async function checkFile(path: string, folder: string, { path: name, sizeBytes, sha256 }: z.infer<typeof manifestSchema>['files'][number]): Promise<void> {
  const place = placeInside(path, folder, name)
  const found = await realpath(place).catch(() => null)
  if (found === null) throw new TransferError(path, name, 'it is listed in the manifest and missing')
  // A link in an unpacked folder could lead anywhere.
  if (!found.startsWith((await realpath(folder)) + sep)) throw new TransferError(path, name, 'expected a file of the bundle, found a link that leaves its folder')
  const { size } = await stat(found)
  if (size !== sizeBytes) throw new TransferError(path, name, `expected ${sizeBytes} bytes, found ${size}`)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(found) as AsyncIterable<Uint8Array>) hash.update(chunk)
  const digest = hash.digest('hex')
  if (digest !== sha256) throw new TransferError(path, name, `its checksum differs: expected ${sha256}, found ${digest}`)
}
