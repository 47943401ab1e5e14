/** @file What each task says of itself: how it is described, in which files its rows lie and what one row means. It knows no particular task. */
import type { FieldMapping, Scoring, TaskDescription, TaskSample, TaskSplit } from '../../../shared/domain/task.ts'
import type { RowObject } from '../row-values.ts'
import type { SplitRatios } from '../split.ts'

/** What a row says of a sample, before it is known where it stands; `id` is null where the row has none. */
export type TaskRow = Omit<TaskSample, 'id' | 'origin'> & { readonly id: string | null }

export interface TaskDefinition extends Omit<TaskDescription, 'name' | 'protection'> {
  /** How a text is scored unless the request says otherwise; null where the environment has a judge of its own, or the user must choose. */
  readonly ownScoring: Scoring | null
  /** Top-level columns that a table's reader needs to read; null needs all. */
  readonly columns: readonly string[] | null
  /** The files of a repository, by name, that hold the split or are what it is cut from. */
  filesOf(split: TaskSplit, names: readonly string[]): string[]
  /** How the split is cut from its rows; null where they are the split. */
  cutOf(split: TaskSplit): SplitRatios | null
  /** Raises RowMismatch at the first field that does not fit. */
  readSample(row: RowObject, fields: FieldMapping | null): TaskRow
}

/** Of GSM8K, GPQA, MATH and TriviaQA, whose validation part comes from the training file; the reference leaves it to the configuration. */
const validationShare: SplitRatios = { validation: 0.1 }

/** The test part is a file of its own, the other two are cut from one file. */
export function cutFromTraining(split: TaskSplit): SplitRatios | null {
  return split === 'test' ? null : validationShare
}

/** Names under which repositories keep their splits. */
const splitWords: Readonly<Record<TaskSplit, string>> = { train: 'train', valid: 'validation|valid|val|dev', test: 'test' }

/** Data files with the split's name as a word of their path, such as `data/test-00000-of-00001.parquet` or `test.jsonl`. */
export function filesNamedAfter(split: TaskSplit, names: readonly string[]): string[] {
  const word = new RegExp(`(^|[/_.-])(${splitWords[split]})([/_.-])`, 'i')
  return names.filter((name) => isDataFile(name) && word.test(name))
}

/** Whether its ending is one that rows are read from. */
export function isDataFile(name: string): boolean {
  return /\.(jsonl|parquet|csv)$/i.test(name)
}
