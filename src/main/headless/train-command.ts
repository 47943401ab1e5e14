/** @file `memgen train`: one training run from its configuration to its end, or on from where it was left. It does not know how anything is trained. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { Command } from 'commander'
import type { TrainingStage } from '../../shared/domain/training.ts'
import type { TrainingRun, TrainingRunId } from '../../shared/domain/training-run.ts'
import { messageOf } from '../../shared/message-of.ts'
import { readTrainingConfig, TrainingConfigError, TrainingRoom, type ReadTrainingConfig } from '../jobs/index.ts'
import type { ExperimentLog } from '../log/index.ts'
import { dataFilesOf, openTrainingPlaces } from '../server/index.ts'
import { completeId } from './complete-id.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { showControls, type Shell } from './shell.ts'
import { formatMinute } from './table-cells.ts'
import { addTrainOptions, toOptionWords, type TrainOptions } from './train-options.ts'
import { createJsonTrainingOutput, createTextTrainingOutput } from './training-output.ts'
import { UsageError } from './usage-error.ts'
import { readLog, withLog } from './with-log.ts'

interface OutputOptions extends DataOptions {
  json?: boolean
}
interface StartOptions extends TrainOptions, OutputOptions {
  name?: string
}

const examples = `
Examples:
  memgen train weaver --config gsm8k.yaml --options dataset.train_file train.jsonl run.weaver.sft.learning_rate 1e-4
  memgen train weaver --method grpo --base ~/models/Qwen2.5-0.5B --checkpoint ~/runs/sft --data train.jsonl --out ~/runs/grpo
  memgen train trigger --base ~/models/Qwen2.5-0.5B --checkpoint ~/runs/sft --data train.jsonl
  memgen train list
  memgen train resume 3f2b8c1e

With --json each line is an object whose "type" is run, or the kind of what happened: step, evaluation, sample, checkpoint, ...
Ctrl-C ends the run after the step under way with its state saved; resume, or the same command again, goes on to the same numbers.`

const descriptions: Readonly<Record<TrainingStage, string>> = {
  weaver: 'Train the weaver (SFT or GRPO) with everything else frozen.',
  trigger: 'Train the trigger (GRPO) with the weaver frozen.',
  pretrain: 'Train the reasoner itself: all of it, or a LoRA on it (model.reasoner.lora_config).',
}

export function trainCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const stages = (['weaver', 'trigger', 'pretrain'] as const).map((stage) =>
    addOutputOptions(addTrainOptions(new Command(stage).description(descriptions[stage]), stage).option('--name <name>', 'what lists call the run'), shell).action(
      async (options: StartOptions) => end(await start(shell, stage, options)),
    ),
  )
  const resume = addOutputOptions(new Command('resume'), shell)
    .description('Go on with a run from the state saved last.')
    .argument('<id>', 'as `memgen train list` lists it, or how it begins')
    .action(async (id: string, options: OutputOptions) => end(await follow(shell, options, async (room, log) => room.resume((await completeId(log, 'training run', id)) as TrainingRunId)))) // whether it is one is asked there
  const list = addOutputOptions(new Command('list'), shell)
    .description('List the runs, the newest first.')
    .action(async (options: OutputOptions) => {
      const runs = (await readLog(shell, options, (log) => useRoom(shell, log, (room) => room.list()))).filter(({ trashedAt }) => trashedAt === null)
      const lines = options.json === true ? runs.map((run) => JSON.stringify(run)) : runs.length === 0 ? ['No training runs.'] : runs.map(formatRun)
      for (const line of lines) shell.stdout.write(`${line}\n`)
      end(exitCodes.ok)
    })
  const command = new Command('train').description('Train weaver, trigger or reasoner.')
  for (const subcommand of [...stages, resume, list]) command.addCommand(subcommand)
  return command.addHelpText('after', examples)
}

function addOutputOptions(command: Command, shell: Shell): Command {
  return addDataOption(command.option('--json', 'JSON lines instead of text'), shell)
}

async function start(shell: Shell, stage: TrainingStage, options: StartOptions): Promise<ExitCode> {
  const { config, warnings } = await readConfig(stage, options)
  for (const warning of warnings) shell.stderr.write(`memgen: ${showControls(warning)}\n`)
  return follow(shell, options, (room) => room.start(config, { name: options.name }))
}

async function readConfig(stage: TrainingStage, options: StartOptions): Promise<ReadTrainingConfig> {
  const { config: file, dataDir, method } = options
  const yaml = file === undefined ? undefined : { file, text: readText(file) }
  const places = await openTrainingPlaces({ folder: process.cwd(), outputRoot: dataFilesOf(dataDir).trainingDir })
  try {
    const read = readTrainingConfig({ yaml, ...toOptionWords(options) }, { stage, method, ...places })
    const { outputDirectory, dataset: { trainFile, validationFile } } = read.config
    // Found out later it would be a run that failed.
    if (statSync(outputDirectory, { throwIfNoEntry: false })?.isDirectory() === false) throw new UsageError(`${outputDirectory}: expected a folder, found a file`)
    for (const path of [trainFile, validationFile]) if (path !== null && !existsSync(path)) throw new UsageError(`${path} cannot be read: there is no such file`)
    return read
  } catch (error) {
    if (error instanceof TrainingConfigError) throw new UsageError(error.message)
    throw error
  }
}

/** Runs to the end, however that comes, and shows what happens. */
function follow(shell: Shell, options: OutputOptions, begin: (room: TrainingRoom, log: ExperimentLog) => Promise<TrainingRun>): Promise<ExitCode> {
  const output = options.json === true ? createJsonTrainingOutput(shell) : createTextTrainingOutput(shell)
  return withLog(options, (log) => useRoom(shell, log, async (room) => {
    const { id } = await begin(room, log)
    let isInterrupted = false
    shell.onInterrupt(() => {
      isInterrupted = true
      // Where it has ended meanwhile, its end is told below.
      room.pause(id).catch(() => undefined)
    })
    let last: TrainingRun | null = null
    for await (const message of await room.subscribe(id)) {
      if (message.kind === 'event') output.event(message.event, message.run)
      else if (message.kind === 'record' && last === null) output.start(message.record.run)
      last = message.kind === 'record' ? message.record.run : message.run
    }
    if (last === null) throw new Error('internal: the run ended without a word')
    output.end(last)
    if (last.status === 'finished') return exitCodes.ok
    return isInterrupted ? exitCodes.interrupted : exitCodes.failed
  }))
}

async function useRoom<Result>({ startEngine }: Shell, log: ExperimentLog, use: (room: TrainingRoom) => Promise<Result>): Promise<Result> {
  const room = new TrainingRoom({ log: log.training, startEngine })
  try {
    return await use(room)
  } finally {
    await room.dispose()
  }
}

function formatRun({ id, status, step, totalSteps, name, createdAt, config, message }: TrainingRun): string {
  const steps = `${step}${totalSteps === null ? '' : `/${totalSteps}`} steps`
  return showControls([id, formatMinute(createdAt), status.padEnd('interrupted'.length), steps.padStart(18), name, config.outputDirectory, ...(message === null ? [] : [message])].join('  '))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`)
  }
}
