/** @file `memgen eval`: one dataset under several policies. It does not know how completions are computed or judged. */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { deviceSchema, type Device, type ModelEntry } from '../../shared/domain/model.ts'
import { EvaluationFile, runEvaluation, stampFiles, summarizeEvaluation, type EvaluationHeader, type PolicyArm } from '../jobs/index.ts'
import { describeProblem, readDataset, rewardFunctions, rewardNames, type Dataset, type RewardName } from '../tasks/index.ts'
import { formatEvaluation } from './evaluation-table.ts'
import { exitCodeHelp, exitCodes, type ExitCode } from './exit-codes.ts'
import { addFolderOptions, findOrAddModel, type FolderOptions } from './model-options.ts'
import { integerArgument } from './number-argument.ts'
import { interventionHelp, parsePolicy, policyHelp } from './policy-argument.ts'
import { createProgressLine } from './progress-line.ts'
import { addGenerationOptions, toRunConfig, type GenerationOptions } from './sampling-options.ts'
import type { Shell } from './shell.ts'
import { UsageError } from './usage-error.ts'
import { openUnloggedWorkbench } from './workbench.ts'

interface EvalOptions extends FolderOptions, GenerationOptions {
  base?: string
  data: string
  policy: string[]
  reward: RewardName
  limit?: number
  batch: number
  out: string
  device: Device
  json?: boolean
}

/** Samples whose latents serve as "latents of another question": the first of the dataset, whatever the limit. */
const DONOR_COUNT = 64
/** Bad rows shown in full; the rest is counted. */
const SHOWN_PROBLEMS = 5

const examples = `
Examples:
  memgen eval --base ~/models/Qwen2.5-0.5B --checkpoint ~/runs/gsm8k --data test.jsonl --policy vanilla --policy trigger --out run.jsonl
  memgen eval --base base --checkpoint memgen --data test.jsonl --policy always --policy always+zero --policy always+other --limit 200 --out run.jsonl

The file holds one line a completion. Run again with the same arguments, it goes on where it was stopped; more policies or a
higher --limit add to it.`

export function evalCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('eval')
    .description('Evaluate one dataset under several policies, the same samples for each.')
    .option('--base <dir|id>', 'base model folder, or a model of the library (default: the bundled demo model)')
  addFolderOptions(command)
    .requiredOption('--data <file>', 'JSON lines or Parquet: messages, or prompt and completion, with a solution')
    .requiredOption('--out <file>', 'where completions go, one JSON line each')
    .option('--policy <policy>', `one to compare, several times: ${policyHelp}; and after a + what is done to its latents: ${interventionHelp}`, collect, [])
    .addOption(new Option('--reward <reward>', 'how a completion is judged').choices(rewardNames).default('boxed'))
    .option('--limit <n>', 'take the first samples only', integerArgument({ min: 1 }))
    .option('--batch <n>', 'rows computed at a time', integerArgument({ min: 1 }), 8)
  addGenerationOptions(command)
    .addOption(new Option('--device <device>', 'where to compute').choices(deviceSchema.options).default('cpu'))
    .option('--json', 'print the summary as one JSON object')
  return command.addHelpText('after', `${examples}\n${exitCodeHelp}`).action(async (options: EvalOptions) => end(await evaluate(shell, options)))
}

function collect(value: string, former: readonly string[]): string[] {
  return [...former, value]
}

async function evaluate(shell: Shell, options: EvalOptions): Promise<ExitCode> {
  const { policy: policies, ...generation } = options
  const arms = readArms(policies)
  const config = toRunConfig(generation, true)
  const dataset = await readDataset(options.data)
  tellProblems(shell, dataset)
  const samples = dataset.samples.slice(0, options.limit)
  if (samples.length === 0) throw new UsageError(`--data ${options.data}: it holds no sample`)
  const workbench = openUnloggedWorkbench(shell, options)
  const progress = createProgressLine(shell.stderr)
  const stopped = new AbortController()
  try {
    const model = await findOrAddModel(workbench.library, options.base, options)
    const file = EvaluationFile.open(options.out, toHeader(options, config, model))
    shell.onInterrupt(() => stopped.abort(new Interruption()))
    try {
      await workbench.engine.load(model.id, model.location, options.device, { onProgress: progress.show, signal: stopped.signal })
      const evaluation = { engine: workbench.engine, modelId: model.id, samples, donors: dataset.samples.slice(0, DONOR_COUNT), arms, config, reward: rewardFunctions[options.reward], file }
      await runEvaluation(evaluation, { batchSize: options.batch, signal: stopped.signal, onProgress: progress.show })
    } finally {
      progress.clear()
      file.close()
    }
    const summaries = summarizeEvaluation(file.rows, arms.map(({ name }) => name), samples.map(({ id }) => id))
    shell.stdout.write(options.json === true ? `${JSON.stringify({ out: options.out, summaries })}\n` : `${formatEvaluation(summaries).join('\n')}\n`)
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof Interruption)) throw error
    shell.stderr.write(`memgen: stopped; ${options.out} has what was finished, and the same command goes on from there\n`)
    return exitCodes.interrupted
  } finally {
    await workbench.dispose()
  }
}

/** Ctrl-C. */
class Interruption extends Error {
  override name = 'Interruption'
}

/** Raises UsageError where a policy is given twice or none is given. */
function readArms(policies: readonly string[]): PolicyArm[] {
  if (policies.length === 0) throw new UsageError('--policy: expected at least one, such as --policy vanilla --policy always')
  const twice = policies.find((name, index) => policies.indexOf(name) !== index)
  if (twice !== undefined) throw new UsageError(`--policy ${twice}: given twice`)
  return policies.map((name) => ({ name, ...parsePolicy(name) }))
}

function toHeader({ data, reward }: EvalOptions, { policy: _policy, intervention: _intervention, ...config }: ReturnType<typeof toRunConfig>, { location }: ModelEntry): EvaluationHeader {
  const folders = [location.reasonerDir, location.weaverDir, location.triggerDir, location.checkpointDir].flatMap((folder) => folder ?? [])
  const dataPath = realpathSync(resolve(data))
  return { type: 'evaluation', format: 'memgen-evaluation/1', model: location, modelStamp: stampFiles(folders), dataPath, dataStamp: stampFiles([dataPath]), reward, config }
}

function tellProblems({ stderr }: Shell, { path, problems, problemCount }: Dataset): void {
  for (const problem of problems.slice(0, SHOWN_PROBLEMS)) stderr.write(`${describeProblem(problem)}\n`)
  if (problemCount > 0) stderr.write(`${path}: ${problemCount} ${problemCount === 1 ? 'row is' : 'rows are'} no sample and ${problemCount === 1 ? 'is' : 'are'} left out\n`)
}
