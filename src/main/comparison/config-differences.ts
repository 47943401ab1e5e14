/** @file What is not the same in the configs of several runs, field by field. It does not know which difference matters. */
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { ConfigDifference } from '../../shared/domain/comparison.ts'
import { placeModelFile } from './model-files.ts'

/** They change no result, or other fields say the same: hashes stand for sizes, and for what was wrong with a file's rows. */
const noise = [
  'plan.config.recordTopK',
  'plan.config.recordNearest',
  'provenance.host.memoryBytes',
  'provenance.dataset.problems',
  'provenance.dataset.problemCount',
]

/**
 * The fields in which at least two runs differ, in the order of the runs' own fields.
 * @param ignore paths that are left out, with everything below them
 */
export function configDifferences(runs: readonly EvaluationRun[], ignore: readonly string[] = []): ConfigDifference[] {
  const isNamed = new Set(runs.map(({ modelName }) => modelName)).size === new Set(runs.map(({ plan }) => plan.modelId)).size
  // An id of the library says nothing to a reader as long as the names tell the models apart.
  const hidden = [...noise, ...ignore, ...(isNamed ? ['plan.modelId'] : [])]
  const fieldsOfRuns = runs.map(fieldsOf)
  const paths = new Set(fieldsOfRuns.flatMap((fields) => [...fields.keys()]))
  return [...paths]
    .filter((path) => !hidden.some((prefix) => isBelow(path, prefix)))
    .map((path) => ({ path, values: fieldsOfRuns.map((fields) => fields.get(path) ?? null) }))
    .filter(({ path, values }) => new Set(path.startsWith('provenance.') ? values.filter((_, i) => runs[i]?.provenance !== null) : values).size > 1)
}

/** `plan.config` holds `plan.config.seed`, but `plan.con` does not. */
function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}.`)
}

/** JSON of every value by its path; a run that has not started has no provenance. */
function fieldsOf({ modelName, plan, provenance }: EvaluationRun): Map<string, string> {
  const fields = new Map<string, string>()
  collect(fields, 'model', modelName)
  collect(fields, 'plan', plan)
  if (provenance === null) return fields
  const { model, dataset, ...rest } = provenance
  collect(fields, 'provenance', {
    model: { location: model.location, files: Object.fromEntries(model.files.map(({ path, sha256 }) => [placeModelFile(path, model.location), sha256])) },
    dataset: { ...dataset, files: Object.fromEntries(dataset.files.map(({ path, sha256 }) => [path.replace(/^.*[\\/]/, ''), sha256])) },
    ...rest,
  })
  return fields
}

/** Lists are values: their entries have no names of their own. */
function collect(fields: Map<string, string>, path: string, value: unknown): void {
  if (value === undefined) return
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fields.set(path, JSON.stringify(value))
  else for (const [key, entry] of Object.entries(value)) collect(fields, `${path}.${key}`, entry)
}
