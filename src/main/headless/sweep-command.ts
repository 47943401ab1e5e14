/** @file `memgen sweep`: one prompt with memory at every choice of its candidates. It does not know how subsets are generated or shown. */
import { isDeepStrictEqual } from 'node:util'
import { Command, Option } from 'commander'
import { sweepRequestSchema, type Sweep, type SweepRequest } from '../../shared/domain/sweep.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { addFolderOptions, findOrAddModel, type FolderOptions } from './model-options.ts'
import { integerArgument } from './number-argument.ts'
import { addPlacementOptions, toPlacement, type PlacementOptions } from './placement-options.ts'
import { addPromptOptions, readPrompt, type PromptOptions } from './prompt-input.ts'
import { addGenerationOptions, toRunConfig, type GenerationOptions } from './sampling-options.ts'
import type { Shell } from './shell.ts'
import { createSweepOutput } from './sweep-output.ts'
import { formatMinute } from './table-cells.ts'
import { openWorkbench, type LoggedWorkbench } from './workbench.ts'

interface SweepOptions extends FolderOptions, PromptOptions, GenerationOptions, DataOptions, PlacementOptions {
  model?: string
  reference?: string
  reward: SweepRequest['reward']
  subsetsUpTo: number
  fresh?: boolean
  json?: boolean
}

const examples = `
Examples:
  memgen sweep --prompt "Start with 6, then mib, plus 2, tarn. What is the last digit?" --reference 4
  memgen sweep --model base --checkpoint memgen --prompt-file question.txt --subsets-up-to 6 --json

Candidates are numbered by the order in which a generation passes them; 0 is the end of the prompt. Every outcome goes to the log. Run
again with the same arguments, it goes on where it was stopped, or tells again what it has found.
With --json each line is an object whose "type" is sweep, outcome or statistics.`

export function sweepCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('sweep')
    .description('Try memory at every choice of one prompt’s candidates, and say which of them help or harm.')
    .option('--model <dir|id>', 'base model folder, or a model of the library (default: the bundled demo model)')
  addFolderOptions(command)
  addPromptOptions(command)
    .option('--reference <answer>', 'what the answer is compared with; without it there are no scores')
    .addOption(new Option('--reward <reward>', 'how it is compared').choices(sweepRequestSchema.shape.reward.unwrap().options).default('boxed'))
    .option('--subsets-up-to <n>', 'try every subset while there are at most so many candidates; beyond, each alone and all', integerArgument({ min: 0 }), 10)
    .option('--fresh', 'begin another sweep even if this one was begun before')
  addPlacementOptions(addGenerationOptions(command))
    .option('--json', 'JSON lines instead of text')
  return addDataOption(command, shell)
    .addHelpText('after', examples)
    .action(async (options: SweepOptions) => end(await sweep(shell, options)))
}

async function sweep(shell: Shell, options: SweepOptions): Promise<ExitCode> {
  const prompt = await readPrompt(options, () => shell.readStdin())
  const config = toRunConfig(options, true)
  const workbench = await openWorkbench(shell, { dataDir: options.dataDir, placement: toPlacement(options) })
  try {
    const { id: modelId } = await findOrAddModel(workbench.modelLibrary, options.model, options)
    const given = { modelId, prompt, config, reference: options.reference ?? null, reward: options.reward, maxSubsetCandidates: options.subsetsUpTo }
    return await run(shell, workbench, sweepRequestSchema.parse(given), options)
  } finally {
    await workbench.dispose()
  }
}

async function run(shell: Shell, { sweeps }: LoggedWorkbench, request: SweepRequest, { json = false, fresh = false }: SweepOptions): Promise<ExitCode> {
  const output = createSweepOutput(shell, { isJson: json })
  const begun = fresh ? undefined : (await sweeps.list()).find((former) => isDeepStrictEqual(former.request, request))
  if (begun !== undefined) {
    shell.stderr.write(`memgen: this sweep was begun on ${formatMinute(begun.createdAt)}, and what it found is taken as it is; --fresh begins another\n`)
    await sweeps.resume(begun.id)
  }
  const { id } = begun ?? (await sweeps.start(request))
  let isInterrupted = false
  shell.onInterrupt(() => {
    isInterrupted = true
    void sweeps.pause(id)
  })
  let last: Sweep | null = null
  for await (const event of await sweeps.subscribe(id)) {
    if (event.kind === 'sweep') last = event.sweep
    output.tell(event)
  }
  if (last === null) throw new Error('internal: the sweep ended without a state')
  output.end()
  if (isInterrupted && last.status === 'paused') {
    shell.stderr.write('memgen: stopped; the log has every finished outcome, and the same command goes on from there\n')
    return exitCodes.interrupted
  }
  if (last.error !== null) throw new Error(last.error)
  return exitCodes.ok
}
