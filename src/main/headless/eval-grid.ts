/** @file A grid from its YAML file or from arguments, with its models found in the library. It starts nothing. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { experimentRequestSchema, type ExperimentRequest } from '../../shared/domain/evaluation.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { TaskRequest } from '../../shared/domain/task.ts'
import { GridTextError, parseGrid } from '../jobs/index.ts'
import type { ModelLibrary } from '../server/index.ts'
import { toTaskRequest, type TaskOptions } from './eval-task-options.ts'
import { findOrAddModel, type FolderOptions } from './model-options.ts'
import { parsePolicy } from './policy-argument.ts'
import { toRunConfig, type GenerationOptions } from './sampling-options.ts'
import { UsageError } from './usage-error.ts'

export interface GridOptions extends FolderOptions, GenerationOptions, TaskOptions {
  model?: string
  base?: string
  policy: string[]
  repeats?: number
  batch?: number
  latents?: string
  name?: string
  tag: string[]
}

/** Paths in the file are relative to it; its models are ids or names of the library. Raises UsageError. */
export async function readGridFile(path: string, modelLibrary: ModelLibrary): Promise<ExperimentRequest> {
  const request = parseFile(path)
  const models: ModelId[] = []
  for (const model of request.models) models.push((await findOrAddModel(modelLibrary, model, {})).id)
  return { ...request, models, tasks: request.tasks.map((task) => resolvePaths(task, dirname(resolve(path)))) }
}

/** Raises UsageError, or z.ZodError for a value that a run refuses. */
export async function gridOfOptions(options: GridOptions, modelLibrary: ModelLibrary): Promise<ExperimentRequest> {
  const { policy: policies, ...generation } = options
  if (policies.length === 0) throw new UsageError('--policy: expected at least one, such as --policy vanilla --policy always')
  const twice = policies.find((name, index) => policies.indexOf(name) !== index)
  if (twice !== undefined) throw new UsageError(`--policy ${twice}: given twice`)
  const arms = policies.map(parsePolicy)
  const task = toTaskRequest(options)
  const config = { ...toRunConfig(generation, true), recordTopK: 0, recordNearest: 0 }
  const model = await findOrAddModel(modelLibrary, options.model ?? options.base, options)
  return experimentRequestSchema.parse({
    name: options.name ?? `${task.name}, ${model.name}`,
    models: [model.id],
    tasks: [task],
    arms,
    samplings: [config.sampling],
    seeds: [config.seed],
    repeats: options.repeats,
    config,
    latents: options.latents,
    batchSize: options.batch,
    tags: options.tag,
  })
}

function parseFile(path: string): ExperimentRequest {
  try {
    return parseGrid(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof GridTextError) throw new UsageError(`${path}: ${error.message}`)
    if (error instanceof Error && 'code' in error) throw new UsageError(`${path} cannot be read: ${error.message}`)
    throw error
  }
}

function resolvePaths(task: TaskRequest, folder: string): TaskRequest {
  const { source, retriever } = task
  return {
    ...task,
    source: source.kind === 'files' ? { ...source, paths: source.paths.map((path) => resolve(folder, path)) } : source,
    retriever: retriever?.kind === 'local' ? { ...retriever, corpusPath: resolve(folder, retriever.corpusPath) } : retriever,
  }
}
