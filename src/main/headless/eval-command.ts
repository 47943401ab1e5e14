/** @file `memgen eval`: a grid of runs without a window, in the app's log. It does not know how completions are computed or judged. */
import { isDeepStrictEqual } from 'node:util'
import { Command, Option } from 'commander'
import { latentRecordSchema } from '../../shared/domain/compact-record.ts'
import type { EvaluationRun, ExperimentRequest } from '../../shared/domain/evaluation.ts'
import { formatDuration } from '../../shared/format-duration.ts'
import type { RunChange } from '../jobs/index.ts'
import { EvaluationNotFoundError } from '../log/index.ts'
import { completeId } from './complete-id.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { gridOfOptions, readGridFile, type GridOptions } from './eval-grid.ts'
import { compareGroups, createEvaluationProgress, formatGroups } from './eval-output.ts'
import { addTaskOptions } from './eval-task-options.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { fallbackNotice } from './fallback-notice.ts'
import { addFolderOptions } from './model-options.ts'
import { integerArgument } from './number-argument.ts'
import { repeatableOption } from './option-values.ts'
import { addPlacementOptions, toPlacement, type PlacementOptions } from './placement-options.ts'
import { interventionHelp, policyHelp } from './policy-argument.ts'
import { addGenerationOptions } from './sampling-options.ts'
import { showControls, type Shell } from './shell.ts'
import { formatMinute } from './table-cells.ts'
import { UsageError } from './usage-error.ts'
import { openWorkbench, type LoggedWorkbench } from './workbench.ts'

interface EvalOptions extends GridOptions, DataOptions, PlacementOptions {
  resume?: string[] | true
  fresh?: boolean
  forecast?: boolean
  json?: boolean
}

const examples = `
Examples:
  memgen eval --policy vanilla --policy trigger --limit 200
  memgen eval grid.yaml
  memgen eval grid.yaml --forecast
  memgen eval --model ~/models/Qwen2.5-1.5B --checkpoint ~/runs/gsm8k --task gsm8k --hub openai/gsm8k --policy vanilla --policy trigger
  memgen eval --data rows.jsonl --prompt-column question --solution-column answer --scoring math --policy always --policy always+zero
  memgen eval --resume

Runs go to the log and stand in the app. Ctrl-C pauses them; --resume, or the same command again, goes on without repeating a sample.
With --json the result is one JSON object with every run, and the comparison of each group of runs. docs/experiments.md tells more.`

export function evalCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('eval')
    .description('Evaluate models on tasks under several policies, the same samples for each.')
    .argument('[grid]', 'a YAML file with everything; else the options below')
    .option('--model <dir|id>', 'base model folder, or a model of the library (default: the bundled demo model)')
    .option('--base <dir|id>', 'the same as --model')
  addFolderOptions(command)
  addTaskOptions(command)
    .addOption(repeatableOption('--policy <policy>', `one to compare, several times: ${policyHelp}; and after a + what is done to its latents: ${interventionHelp}`))
    .option('--repeats <n>', 'generations of each sample (default: 1)', integerArgument({ min: 1 }))
    .option('--batch <n>', 'rows computed at a time (default: 8)', integerArgument({ min: 1 }))
    .addOption(new Option('--latents <which>', 'what is kept of latents (default: projected)').choices(latentRecordSchema.options))
    .option('--name <name>', 'what lists call the experiment')
    .addOption(repeatableOption('--tag <tag>', 'a tag of its runs, several times'))
  addPlacementOptions(addGenerationOptions(command))
    .option('--forecast', 'say what would run and what it would cost, and start nothing')
    .option('--resume [run...]', 'go on with these runs, or with whatever rests of the newest experiment')
    .option('--fresh', 'begin again even if the same grid was begun before')
    .option('--json', 'print the result as one JSON object')
  return addDataOption(command, shell)
    .addHelpText('after', examples)
    .action(async (grid: string | undefined, options: EvalOptions) => {
      refuseWithoutEffect(command, grid, options)
      end(await evaluate(shell, grid, options))
    })
}

/** What a command line may say beside what runs: whatever else is given would be passed over. */
const besideGrid = ['dataDir', 'device', 'precision', 'forecast', 'fresh', 'json']
const besideResume = ['resume', 'dataDir', 'device', 'precision', 'json']

/** Raises UsageError. */
function refuseWithoutEffect(command: Command, grid: string | undefined, { resume }: EvalOptions): void {
  if (resume !== undefined && grid !== undefined) throw new UsageError(`--resume: runs go on as they were begun; ${grid} has no effect beside it`)
  if (resume === undefined && grid === undefined) return
  const allowed = resume === undefined ? besideGrid : besideResume
  const ignored = command.options.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli' && !allowed.includes(option.attributeName()))
  if (ignored === undefined) return
  const reason = resume === undefined ? `has no effect beside a grid: write it into ${grid}` : 'has no effect beside --resume: runs go on as they were begun'
  throw new UsageError(`${ignored.long ?? ignored.flags} ${reason}`)
}

async function evaluate(shell: Shell, grid: string | undefined, options: EvalOptions): Promise<ExitCode> {
  const workbench = await openWorkbench(shell, { dataDir: options.dataDir, placement: toPlacement(options) })
  try {
    if (options.resume !== undefined) return await follow(shell, workbench, await findResting(workbench, options.resume), options)
    const request = grid === undefined ? await gridOfOptions(options, workbench.modelLibrary) : await readGridFile(grid, workbench.modelLibrary)
    if (options.forecast === true) return await forecast(shell, workbench, request, options)
    const begun = options.fresh === true ? [] : await findBegun(shell, workbench, request)
    return await follow(shell, workbench, begun.length > 0 ? begun : await start(shell, workbench, request), options)
  } finally {
    await workbench.dispose()
  }
}

async function forecast(shell: Shell, { evaluations }: LoggedWorkbench, request: ExperimentRequest, { json }: EvalOptions): Promise<ExitCode> {
  const found = await evaluations.forecast(request)
  if (json === true) shell.stdout.write(`${JSON.stringify(found)}\n`)
  else {
    for (const { name, sampleCount, warnings } of found.runs) {
      shell.stdout.write(showControls(`${name}: ${sampleCount * request.repeats} results`) + '\n')
      for (const warning of warnings) shell.stdout.write(`  ${showControls(warning)}\n`)
    }
    shell.stdout.write(`at most ${(found.logBytes / 1e6).toFixed(1)} MB in the log\n`)
    if (found.time !== null) shell.stdout.write(`about ${formatDuration(Math.max(1000, found.time.computeMs))}, ${found.time.basis}\n`)
    for (const warning of found.warnings) shell.stdout.write(`${showControls(warning)}\n`)
  }
  return exitCodes.ok
}

async function start(shell: Shell, { evaluations }: LoggedWorkbench, request: ExperimentRequest): Promise<EvaluationRun[]> {
  const { runs, warnings } = await evaluations.forecast(request)
  for (const warning of [...warnings, ...runs.flatMap((run) => run.warnings.map((text) => `${run.name}: ${text}`))]) shell.stderr.write(`memgen: ${showControls(warning)}\n`)
  return (await evaluations.start(request)).runs
}

/** The runs of the newest experiment with the same grid, unless one of them was cancelled or thrown away, or would be computed otherwise now; says which. */
async function findBegun({ stderr }: Shell, { evaluations, log }: LoggedWorkbench, request: ExperimentRequest): Promise<EvaluationRun[]> {
  const experiment = (await log.evaluations.listExperiments()).find((former) => isDeepStrictEqual(former.request, request))
  if (experiment === undefined) return []
  const runs = (await evaluations.list()).filter(({ experimentId }) => experimentId === experiment.id).reverse()
  if (runs.some(({ status, trashedAt }) => status === 'cancelled' || trashedAt !== null)) return []
  for (const { id } of runs) {
    const change = await evaluations.findChange(id)
    if (change === null) continue
    stderr.write(`memgen: this grid was begun on ${formatMinute(experiment.createdAt)}, but ${describeChange(change)}: it is computed anew\n`)
    return []
  }
  if (runs.every(({ status }) => status === 'finished')) stderr.write(`memgen: these are the results of ${formatMinute(experiment.createdAt)}, from the same data and weights; --fresh computes them again\n`)
  return runs
}

function describeChange(change: RunChange): string {
  switch (change.kind) {
    case 'dataset':
      return 'its dataset was changed since'
    case 'weights':
      return `${showControls(change.path)} was changed since`
    case 'placement':
      return `on ${change.before}`
    default:
      return change satisfies never
  }
}

async function findResting({ evaluations, log }: LoggedWorkbench, wanted: string[] | true): Promise<EvaluationRun[]> {
  const runs = await evaluations.list()
  if (wanted !== true) {
    const ids = await Promise.all(wanted.map((id) => completeId(log, 'run', id)))
    const chosen = runs.filter(({ id }) => ids.includes(id)).reverse()
    const missing = ids.find((id) => !chosen.some((run) => run.id === id))
    if (missing !== undefined) throw new UsageError(`--resume: ${new EvaluationNotFoundError(missing).message} \`memgen runs\` lists them.`)
    return chosen
  }
  const own = runs.filter(({ trashedAt, importedFrom }) => trashedAt === null && importedFrom === null)
  const resting = own.find(({ status }) => status === 'paused' || status === 'failed')
  if (resting === undefined) throw new UsageError('--resume: no run rests before its end')
  return own.filter(({ experimentId, status }) => experimentId === resting.experimentId && status !== 'cancelled').reverse()
}

/** Lets the runs go on to their end, however that comes, and shows what they found. */
async function follow(shell: Shell, { evaluations, log }: LoggedWorkbench, runs: readonly EvaluationRun[], { json }: EvalOptions): Promise<ExitCode> {
  const ids = runs.map(({ id }) => id)
  const progress = createEvaluationProgress(shell.stderr, runs)
  const open = new Set(runs.filter(({ status }) => status !== 'finished').map(({ id }) => id))
  const { promise: ended, resolve } = Promise.withResolvers<null>()
  const stopListening = evaluations.onEvent((event) => {
    progress.tell(event)
    if (event.kind === 'run' && event.run.status !== 'running' && event.run.status !== 'queued') open.delete(event.run.id)
    if (open.size === 0) resolve(null)
  })
  let isInterrupted = false
  shell.onInterrupt(() => {
    isInterrupted = true
    // Where a run has ended meanwhile, its end is told all the same.
    evaluations.pause(ids).catch(() => undefined)
  })
  await evaluations.resume(ids)
  if (open.size > 0) await ended
  stopListening()
  progress.clear()
  const found = await Promise.all(ids.map((id) => evaluations.get(id)))
  return report(shell, await compareGroups(log.evaluations, found), { isJson: json === true, isInterrupted })
}

function report({ stdout, stderr }: Shell, groups: Awaited<ReturnType<typeof compareGroups>>, { isJson, isInterrupted }: { isJson: boolean; isInterrupted: boolean }): ExitCode {
  const runs = groups.flatMap((group) => group.runs)
  stdout.write(isJson ? `${JSON.stringify({ groups })}\n` : formatGroups(groups).map((line) => `${showControls(line)}\n`).join(''))
  const fallbacks = new Set(runs.flatMap(({ provenance }) => (provenance?.fallback == null ? [] : fallbackNotice(provenance.fallback))))
  for (const notice of fallbacks) stderr.write(notice)
  for (const { name, error } of runs) if (error !== null) stderr.write(`memgen: ${showControls(`${name}: ${error}`)}\n`)
  if (runs.every(({ status }) => status === 'finished')) return exitCodes.ok
  const done = runs.reduce((sum, { totals }) => sum + totals.done, 0)
  stderr.write(`memgen: ${isInterrupted ? 'paused' : 'not finished'}; ${done} ${done === 1 ? 'result is' : 'results are'} in the log, and \`memgen eval --resume\` goes on from there\n`)
  return isInterrupted ? exitCodes.interrupted : exitCodes.failed
}
