/**
 * @file A bundle from another workbench into the log: the manifest is checked first, byte by byte, then everything in it. Taken up again
 * where an import was interrupted; runs that are here already stay as they are.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import type { z } from 'zod'
import type { EvaluationRun, Experiment } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId, ExperimentId } from '../../../shared/domain/experiment-ids.ts'
import type { ImportResult } from '../../../shared/domain/transfer.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { TransferError } from '../errors.ts'
import { addRunResults } from '../imports/add-run-results.ts'
import { readTextLines } from '../text-lines.ts'
import { bundledDatasetSchema, bundledExperimentSchema, bundledResultSchema, bundledRunSchema, bundledSampleSchema, DATASETS_NAME, decodeLine, EXPERIMENTS_NAME, MANIFEST_NAME, manifestSchema, RUNS_NAME, type BundledRun } from './bundle-format.ts'
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
  const present = new Map((await log.listRuns()).map((run) => [run.id, run]))
  const isHere = ({ run }: BundledRun): boolean => present.has(run.id) && present.get(run.id)?.importedFrom == null
  const wanted = bundled.filter((one) => !isHere(one))
  await createMissing(path, log, experiments, wanted.filter(({ run }) => !present.has(run.id)).map(({ run }) => run))
  for (const { stamp, task, samples } of await bundle.all(DATASETS_NAME, bundledDatasetSchema)) {
    await log.saveDataset(stamp, task, await bundle.all(samples, bundledSampleSchema))
  }
  const grown: EvaluationRunId[] = []
  let resultCount = 0
  for (const { run, results, donors } of wanted) {
    const before = present.get(run.id)
    await log.saveDonors(run.id, donors)
    const { done } = await addRunResults(log, run, bundle.lines(results, bundledResultSchema))
    resultCount += done - (before?.totals.done ?? 0)
    if (before === undefined || done > before.totals.done) grown.push(run.id)
  }
  return { kind: 'bundle', runIds: grown, curvesIds: [], resultCount, skippedCount: bundled.length - grown.length, warnings: [] }
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
  const orphan = runs.find(({ experimentId }) => experiments.every(({ id }) => id !== experimentId))
  if (orphan !== undefined) throw new TransferError(path, RUNS_NAME, `run ${orphan.id} belongs to experiment ${orphan.experimentId}, which is not in the bundle`)
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
