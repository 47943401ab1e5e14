/** @file `memgen profile`: where the time of a generation goes. It does not know how a profile is taken. */
import { existsSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import type { Profile } from '../../shared/domain/profile.ts'
import type { ProfileOrder } from '../server/index.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { addFolderOptions, findOrAddModel, type FolderOptions } from './model-options.ts'
import { addPlacementOptions, toPlacement, type PlacementOptions } from './placement-options.ts'
import { formatProfile } from './profile-table.ts'
import { createProgressLine } from './progress-line.ts'
import { addPromptOptions, readPrompt, type PromptOptions } from './prompt-input.ts'
import { addRunOptions, toRunConfig, type RunOptions } from './sampling-options.ts'
import { isStyled, type Shell } from './shell.ts'
import { UsageError } from './usage-error.ts'
import { openWorkbench, type LoggedWorkbench } from './workbench.ts'

interface ProfileOptions extends FolderOptions, PromptOptions, RunOptions, DataOptions, PlacementOptions {
  model?: string
  json?: string
}

const examples = `
Examples:
  memgen profile --prompt "Start with 6, then mib. What is the last digit?"
  memgen profile --model ~/models/Qwen2.5-0.5B --checkpoint ~/runs/gsm8k --prompt-file question.txt --max-new-tokens 64
  memgen profile --prompt "Start with 6, then mib. What is the last digit?" --device webgpu --precision q8 --json profile.json
  memgen profile --prompt "Start with 6, then mib. What is the last digit?" --json - | jq '.ops[0]'

The generation runs twice in an engine process of its own: with ONNX Runtime's profiling on, and without for comparison. The Profile view
opens the file of --json. docs/profiles.md says what each line means.`

export function profileCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('profile')
    .description('Generate from a prompt and say where the time goes, by phase, role, part of the graph and operator.')
    .option('--model <dir|id>', 'base model folder, or a model of the library (default: the bundled demo model)')
  addFolderOptions(command)
  addPromptOptions(command)
  addPlacementOptions(addRunOptions(command)).option('--json <file>', 'also write the profile as JSON; - writes it to standard output in place of the tables')
  return addDataOption(command, shell)
    .addHelpText('after', examples)
    .action(async (options: ProfileOptions) => end(await profile(shell, options)))
}

async function profile(shell: Shell, options: ProfileOptions): Promise<ExitCode> {
  const prompt = await readPrompt(options, () => shell.readStdin())
  toRunConfig(options, true) // wrong arguments are told before anything starts
  requirePlace(options.json)
  const workbench = await openWorkbench(shell, { dataDir: options.dataDir, placement: toPlacement(options) })
  const interrupted = new AbortController()
  shell.onInterrupt(() => interrupted.abort())
  try {
    const model = await findOrAddModel(workbench.modelLibrary, options.model, options)
    const config = toRunConfig(options, model.location.checkpointDir !== undefined)
    const taken = await take(shell, workbench, { model, prompt, config }, interrupted.signal)
    await print(shell, taken, options.json)
    return exitCodes.ok
  } catch (error) {
    if (interrupted.signal.aborted) return exitCodes.interrupted
    throw error
  } finally {
    await workbench.dispose()
  }
}

async function take(shell: Shell, { profiler }: LoggedWorkbench, order: ProfileOrder, signal: AbortSignal): Promise<Profile> {
  const progress = createProgressLine(shell.stderr)
  try {
    for await (const event of profiler.take(order, { signal })) {
      if (event.kind === 'profile') return event.profile
      progress.show(event.stage, event.fraction)
    }
  } finally {
    progress.clear()
  }
  throw new Error('internal: the profile ended without one')
}

/** Found out when the profile has been taken, it would be lost. Raises UsageError. */
function requirePlace(file: string | undefined): void {
  if (file === undefined || file === '-') return
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new UsageError(`--json ${file}: expected a file, found a folder`)
  if (!existsSync(dirname(resolve(file)))) throw new UsageError(`--json ${file}: the folder to write it in does not exist`)
}

async function print(shell: Shell, taken: Profile, file: string | undefined): Promise<void> {
  const json = `${JSON.stringify(taken)}\n`
  if (file === '-') {
    shell.stdout.write(json)
    return
  }
  if (file !== undefined) await writeFile(file, json)
  shell.stdout.write(`${formatProfile(taken, isStyled(shell, shell.stdout)).join('\n')}\n`)
}
