/** @file The columns that the list of runs may show, and what each says of a run as a plain value. It does not know how cells are drawn. */
import type { ExpressionValue } from '../../../shared/debugging/index.ts'
import { timeLeftMs } from '../../../shared/run-filter/run-readings.ts'
import { runVocabulary, type RunScope } from '../../../shared/run-filter/run-vocabulary.ts'

export interface RunColumn {
  title: string
  /** Longer than the title, for the chooser and the tooltip. */
  meaning: string
  /** Pixels; the name takes what is left. */
  width: number
  isNumeric: boolean
  /** Whether runs may be put into groups of equal values. */
  isGroupable: boolean
}

type ColumnKind = 'text' | 'number' | 'category' | 'numeric category'

function column(title: string, width: number, kind: ColumnKind, meaning: string): RunColumn {
  return { title, width, meaning, isNumeric: kind.startsWith('num'), isGroupable: kind.endsWith('category') }
}

/** Named as in expressions, in the order in which the chooser lists them. */
export const runColumns = {
  name: column('Run', 230, 'text', 'The run’s name'),
  status: column('Status', 126, 'category', 'Status, and how far it is'),
  accuracy: column('Accuracy', 184, 'number', 'Share of judged results that are right, with its 95 % interval'),
  n: column('n', 58, 'number', 'Judged results'),
  reward: column('Reward', 68, 'number', 'Mean reward of judged results'),
  insertions: column('Insertions', 86, 'number', 'Latent blocks a completion, on average'),
  tokens: column('Tokens', 70, 'number', 'Tokens a completion, on average'),
  tokensPerSecond: column('Tokens/s', 76, 'number', 'Generated tokens a second'),
  timeLeft: column('Time left', 82, 'number', 'At the pace it had so far'),
  errors: column('Errors', 62, 'number', 'Results that ended in an error'),
  experiment: column('Experiment', 170, 'category', 'The experiment’s name'),
  model: column('Model', 150, 'category', 'The model’s name'),
  task: column('Task', 96, 'category', 'What it was tested on'),
  split: column('Split', 60, 'category', 'Part of the task’s data'),
  policy: column('Policy', 104, 'category', 'When memory is inserted'),
  intervention: column('Latents', 100, 'category', 'What is done to the latents'),
  seed: column('Seed', 62, 'numeric category', 'The seed'),
  repeats: column('Repeats', 70, 'numeric category', 'Generations of each sample'),
  temperature: column('Temp.', 62, 'numeric category', 'Sampling temperature; 0 takes the likeliest token'),
  maxNewTokens: column('Max tokens', 88, 'numeric category', 'Tokens a completion may have'),
  tags: column('Tags', 124, 'category', 'Tags'),
  note: column('Note', 180, 'text', 'What was noted on it'),
  createdAt: column('Made', 122, 'number', 'When it was made'),
  dataset: column('Data', 100, 'category', 'Id of the data it read'),
  device: column('Device', 76, 'category', 'What computed it'),
  precision: column('Weights', 76, 'category', 'How its weights were held'),
  commit: column('Commit', 78, 'category', 'The commit of the project that it ran on'),
} as const satisfies Record<string, RunColumn>

export type RunColumnId = keyof typeof runColumns
export const runColumnIds = Object.keys(runColumns) as readonly RunColumnId[] // the keys of a literal

export const defaultRunColumns: readonly RunColumnId[] = ['name', 'status', 'accuracy', 'n', 'insertions', 'tokensPerSecond', 'timeLeft', 'tags', 'createdAt']

export function isRunColumn(id: string): id is RunColumnId {
  return Object.hasOwn(runColumns, id)
}

const ownReadings: Readonly<Partial<Record<RunColumnId, (scope: RunScope) => ExpressionValue>>> = {
  tags: ({ run }) => (run.tags.length === 0 ? null : run.tags.toSorted().join(', ')),
  timeLeft: ({ run }) => (run.status === 'running' || run.status === 'queued' ? timeLeftMs(run) : null),
}

/** What a run is sorted and grouped by; null where it has no such thing. */
export function readColumn(id: RunColumnId, scope: RunScope): ExpressionValue {
  const read = ownReadings[id] ?? runVocabulary.variables.get(id)?.read
  if (read === undefined) throw new Error(`internal: the column ${id} has no value`)
  return read(scope)
}
