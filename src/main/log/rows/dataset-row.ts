/** @file A dataset and its samples as rows of `dataset` and `dataset_sample`, both ways. Does not know queries. */
import { z } from 'zod'
import { datasetStampSchema, taskNameSchema, type DatasetStamp, type TaskName, type TaskSample } from '../../../shared/domain/task.ts'
import type { DatasetSampleTable, DatasetTable } from '../evaluation-tables.ts'
import { jsonColumn, textColumn, toStoredJson, toStoredText } from '../stored-values.ts'
import { fromPromptColumns, promptColumnsSchema, toPromptColumns } from './prompt-columns.ts'
import { readRow } from './read-row.ts'

const datasetRowSchema = z.object({
  id: textColumn,
  task: taskNameSchema,
  files: jsonColumn(datasetStampSchema.shape.files),
  problem_count: z.int().nonnegative(),
  problems: jsonColumn(datasetStampSchema.shape.problems),
})

const sampleRowSchema = z.object({
  sample_id: textColumn.pipe(z.string().min(1)),
  origin: textColumn,
  domain: textColumn.nullable(),
  solution: textColumn.nullable(),
  answers: jsonColumn(z.array(z.string())),
  extra: jsonColumn(z.record(z.string(), z.unknown())),
})

export function toDatasetRow({ id, files, problemCount, problems }: DatasetStamp, task: TaskName, createdAt: number): DatasetTable {
  return { id: toStoredText(id), task, files: toStoredJson(files), problem_count: problemCount, problems: toStoredJson(problems), created_at: createdAt }
}

/** @throws {LogRowError} */
export function fromDatasetRow(path: string, row: DatasetTable, sampleCount: number): { stamp: DatasetStamp; task: TaskName } {
  const { id, task, files, problem_count: problemCount, problems } = readRow({ path, table: 'dataset', id: row.id }, datasetRowSchema, row)
  return { stamp: { id, files, sampleCount, problemCount, problems }, task }
}

export function toSampleRow(datasetId: string, position: number, sample: TaskSample): DatasetSampleTable {
  return {
    dataset_id: toStoredText(datasetId),
    position,
    sample_id: toStoredText(sample.id),
    origin: toStoredText(sample.origin),
    domain: sample.domain === null ? null : toStoredText(sample.domain),
    ...toPromptColumns(sample.prompt),
    solution: sample.solution === null ? null : toStoredText(sample.solution),
    answers: toStoredJson(sample.answers),
    extra: toStoredJson(sample.extra),
  }
}

/** @throws {LogRowError} */
export function fromSampleRow(path: string, row: DatasetSampleTable): TaskSample {
  const place = { path, table: 'dataset_sample', id: `${row.dataset_id}/${row.position}` }
  const { sample_id: id, ...sample } = readRow(place, sampleRowSchema, row)
  return { id, ...sample, prompt: fromPromptColumns(readRow(place, promptColumnsSchema, row)) }
}
