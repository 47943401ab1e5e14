/** @file The arguments that name a task and its data. It reads no data. */
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { codeExecutionSchema, taskNameSchema, taskRequestSchema, taskSplitSchema, type FieldMapping, type Retriever, type Scoring, type TaskName, type TaskRequest, type TaskSource } from '../../shared/domain/task.ts'
import { integerArgument } from './number-argument.ts'
import { UsageError } from './usage-error.ts'

export interface TaskOptions {
  task?: string
  split?: string
  data?: string[]
  hub?: string
  limit?: number
  shuffleSeed?: number
  scoring?: string
  promptColumn?: string
  systemPrompt?: string
  solutionColumn?: string
  idColumn?: string
  domainColumn?: string
  choicesColumn?: string
  codeExecution?: string
  retriever?: string
}

const scoringHelp = 'boxed, math, exact, choice, none, or regex:PATTERN'

export function addTaskOptions(command: Command): Command {
  return command
    .addOption(new Option('--task <task>', 'what is asked and how it is judged (default: demo-new, the bundled model’s own; generic with --data)').choices(taskNameSchema.options))
    .addOption(new Option('--split <split>', 'which part of the data (default: test)').choices(taskSplitSchema.options))
    .option('--data <file...>', 'JSONL, Parquet or CSV files')
    .option('--hub <repo[@revision]>', 'a dataset of the local Hugging Face cache')
    .option('--limit <n>', 'take the first samples only', integerArgument({ min: 1 }))
    .option('--shuffle-seed <n>', 'shuffle the samples first (default: the files’ order)', integerArgument({ min: 0 }))
    .option('--scoring <scoring>', `judge texts otherwise than the task does: ${scoringHelp}`)
    .option('--prompt-column <column>', 'of a generic task: a column, or a template such as "Question: {question}" (default: prompt)')
    .option('--system-prompt <text>', 'of a generic task: a system message, or a template')
    .option('--solution-column <column>', 'of a generic task: what answers are compared with (default: solution)')
    .option('--id-column <column>', 'of a generic task: the sample’s name')
    .option('--domain-column <column>', 'of a generic task: what results are grouped by')
    .option('--choices-column <column>', 'of a generic task: a list of options to choose from')
    .addOption(new Option('--code-execution <how>', 'of kodcode: whether model-written code may run on this machine (default: refused)').choices(codeExecutionSchema.options))
    .option('--retriever <corpus|url>', 'of triviaqa: a JSONL corpus to search in, or a server that speaks the Search-R1 protocol')
}

/** Of one task alone. */
const optionsOfTasks = {
  promptColumn: 'generic',
  systemPrompt: 'generic',
  solutionColumn: 'generic',
  idColumn: 'generic',
  domainColumn: 'generic',
  choicesColumn: 'generic',
  codeExecution: 'kodcode',
  retriever: 'triviaqa',
} as const satisfies Partial<Record<keyof TaskOptions, TaskName>>

/** Raises UsageError, or z.ZodError for a value that the task refuses. */
export function toTaskRequest(options: TaskOptions): TaskRequest {
  const { data, hub, split, limit = null, shuffleSeed = null, codeExecution, scoring, retriever } = options
  if (data !== undefined && hub !== undefined) throw new UsageError('--data and --hub: expected one of them')
  const name = options.task ?? (data === undefined && hub === undefined ? 'demo-new' : 'generic')
  const isGeneric = name === 'generic'
  for (const [option, task] of Object.entries(optionsOfTasks)) {
    const flag = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    if (options[option as keyof typeof optionsOfTasks] !== undefined && name !== task) throw new UsageError(`${flag}: only the task ${task} has it, ${name} has not`)
  }
  return taskRequestSchema.parse({
    name,
    split,
    source: toSource(data, hub),
    limit,
    shuffleSeed,
    fields: isGeneric ? toFields(options) : null,
    scoring: scoring === undefined ? (isGeneric ? { kind: 'exact' } : null) : toScoring(scoring),
    codeExecution,
    retriever: retriever === undefined ? null : toRetriever(retriever),
  })
}

function toSource(data: readonly string[] | undefined, hub: string | undefined): TaskSource {
  if (data !== undefined) return { kind: 'files', paths: data.map((path) => resolve(path)) }
  if (hub === undefined) return { kind: 'bundled' }
  const at = hub.lastIndexOf('@')
  return at === -1 ? { kind: 'hub', repo: hub, revision: 'main' } : { kind: 'hub', repo: hub.slice(0, at), revision: hub.slice(at + 1) }
}

function toFields({ promptColumn, systemPrompt, solutionColumn, idColumn, domainColumn, choicesColumn }: TaskOptions): FieldMapping {
  return { prompt: promptColumn ?? 'prompt', system: systemPrompt ?? null, solution: solutionColumn ?? 'solution', id: idColumn ?? null, domain: domainColumn ?? null, choices: choicesColumn ?? null }
}

function toScoring(text: string): Scoring {
  const colon = text.indexOf(':')
  if (colon !== -1 && text.slice(0, colon) === 'regex') return { kind: 'regex', pattern: text.slice(colon + 1), flags: '' }
  switch (text) {
    case 'boxed':
    case 'math':
    case 'choice':
    case 'none':
      return { kind: text }
    case 'exact':
      return { kind: text, ignoresCase: true }
    default:
      throw new UsageError(`--scoring ${text}: expected ${scoringHelp}`)
  }
}

function toRetriever(text: string): Retriever {
  return /^https?:\/\//.test(text) ? { kind: 'server', url: text } : { kind: 'local', corpusPath: resolve(text) }
}
