/** @file A task's samples from its files, with the environment that plays them. It does not know where a repository's files lie or what a row means. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { TaskRequest, TaskSample, TaskSource } from '../../shared/domain/task.ts'
import { messageOf } from '../../shared/message-of.ts'
import { createEnvironment } from './create-environment.ts'
import { DatasetError, describeProblem } from './dataset-error.ts'
import { taskDefinitions } from './definitions/index.ts'
import type { TaskDefinition } from './definitions/task-definition.ts'
import { noSamples, readSamples, type ReadSamples } from './read-samples.ts'
import { checkPattern } from './scoring/regex-answer.ts'
import { shuffle } from './shuffle.ts'
import { splitSamples } from './split.ts'
import type { LoadedTask } from './task.ts'

/** A file of a dataset repository: its name there, such as `main/test-00000-of-00001.parquet`, and where it lies here. */
export interface RepositoryFile {
  readonly name: string
  readonly path: string
}

export interface LoadTaskOptions {
  /** The app's `resources` folder, unpacked: the demo's tasks lie in it. */
  readonly resourcesDir: string
  /** What of a dataset repository lies on this machine, such as in the Hugging Face cache; none where it was never fetched. */
  readonly listRepository: (repo: string, revision: string) => Promise<readonly RepositoryFile[]>
  readonly signal?: AbortSignal | undefined
  /** Told the number of rows read so far, every ten thousand. */
  readonly onProgress?: (rowCount: number) => void
}

/** Of every cut, so that all runs of a task's validation part are on the same samples. */
const splitSeed = 42
const splitParts = { train: 'train', valid: 'validation', test: 'test' } as const

/** Raises DatasetError where the data is missing, cannot be read, has no sample, or the request does not fit it; the signal's reason if it aborts. */
export async function loadTask(request: TaskRequest, options: LoadTaskOptions): Promise<LoadedTask> {
  const definition = taskDefinitions[request.name]
  const paths = await findFiles(request, definition, options)
  checkRequest(request, paths[0]!)
  const { columns } = definition
  const table = await readSamples(paths, (row) => definition.readSample(row, request.fields), { columns, signal: options.signal, onProgress: options.onProgress })
  if (table.samples.length === 0) throw noSamples(paths[0]!, table.problems[0])
  const samples = orderSamples(table.samples, request, definition)
  if (samples.length === 0) throw new DatasetError(paths[0]!, `expected enough samples to cut a ${request.split} part from, found ${table.samples.length}`)
  return { samples, stamp: stampOf(request, table, samples.length), environment: createEnvironment(request) }
}

async function findFiles(request: TaskRequest, definition: TaskDefinition, options: LoadTaskOptions): Promise<readonly string[]> {
  const { source, name, split } = request
  switch (source.kind) {
    case 'files':
      return source.paths
    case 'bundled':
      if (name !== 'demo-base' && name !== 'demo-new') throw new DatasetError(name, 'expected files or a repository, found a task whose data does not ship with the app')
      return [join(options.resourcesDir, 'demo-model', 'tasks', `${name.slice('demo-'.length)}-${split}.jsonl`)]
    case 'hub':
      return findInRepository(source, request, definition, options)
    default:
      return source satisfies never
  }
}

async function findInRepository({ repo, revision }: Extract<TaskSource, { kind: 'hub' }>, { split }: TaskRequest, definition: TaskDefinition, { listRepository }: LoadTaskOptions): Promise<string[]> {
  const place = `${repo}@${revision}`
  const files = await listRepository(repo, revision)
  if (files.length === 0) throw new DatasetError(place, 'expected the dataset in the Hugging Face cache, found nothing of it; download it first')
  const names = definition.filesOf(split, files.map(({ name }) => name))
  if (names.length === 0) throw new DatasetError(place, `expected files of the split ${split} in the cache, found ${files.map(({ name }) => name).join(', ')}`)
  return files.filter(({ name }) => names.includes(name)).map(({ path }) => path)
}

/** What the schema cannot say. */
function checkRequest({ name, fields, scoring }: TaskRequest, path: string): void {
  if (name === 'generic' && fields === null) throw new DatasetError(path, 'expected which columns are the prompt and the solution, found no fields', { field: 'fields' })
  if (name === 'generic' && scoring === null) throw new DatasetError(path, 'expected how answers are scored, found no scoring', { field: 'scoring' })
  if (name === 'generic' && fields?.solution == null && scoring?.kind !== 'none') throw new DatasetError(path, 'expected the column of the solution, which the scoring needs, found none', { field: 'fields.solution' })
  if ((name === 'kodcode' || name === 'triviaqa') && scoring !== null) throw new DatasetError(path, `expected no scoring, since ${name} has a judge of its own, found ${scoring.kind}`, { field: 'scoring' })
  if (scoring?.kind !== 'regex') return
  try {
    checkPattern(scoring.pattern, scoring.flags)
  } catch (cause) {
    throw new DatasetError(path, messageOf(cause), { field: 'scoring.pattern', cause })
  }
}

/** The split's samples in the order in which they are asked. */
function orderSamples(all: readonly TaskSample[], { split, shuffleSeed, limit }: TaskRequest, definition: TaskDefinition): readonly TaskSample[] {
  const ratios = definition.cutOf(split)
  // Cut by index, so that a part keeps the files' order.
  const part = ratios === null ? all : splitSamples([...all.keys()], ratios, splitSeed)[splitParts[split]].toSorted((a, b) => a - b).map((index) => all[index]!)
  const ordered = shuffleSeed === null ? part : shuffle(part, shuffleSeed, 'task')
  return limit === null ? ordered : ordered.slice(0, limit)
}

/** The id is over what determines the samples and their order, and not over where the files lie or how answers are judged. */
function stampOf({ name, split, shuffleSeed, fields }: TaskRequest, { files, problems, problemCount }: ReadSamples, sampleCount: number): LoadedTask['stamp'] {
  const determining = [name, split, shuffleSeed, fields, files.map(({ sha256 }) => sha256)]
  const id = createHash('sha256').update(JSON.stringify(determining)).digest('hex')
  return { id, files, sampleCount, problemCount, problems: problems.map(describeProblem) }
}
