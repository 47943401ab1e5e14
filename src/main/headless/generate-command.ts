/** @file `memgen generate`: one generation from prompt to finish. It does not know how it is computed or shown. */
import { Command } from 'commander'
import type { DeviceFallback, ModelEntry } from '../../shared/domain/model.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { SessionState } from '../../shared/domain/session.ts'
import type { Prompt, TraceHeader } from '../../shared/domain/trace.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { fallbackNotice } from './fallback-notice.ts'
import { createJsonOutput, createTextOutput, type GenerationOutput } from './generation-output.ts'
import { addFolderOptions, findOrAddModel, type FolderOptions } from './model-options.ts'
import { addPlacementOptions, toPlacement, type PlacementOptions } from './placement-options.ts'
import { addPromptOptions, readPrompt, type PromptOptions } from './prompt-input.ts'
import { addRunOptions, toRunConfig, type RunOptions } from './sampling-options.ts'
import { isStyled, styled, type Shell } from './shell.ts'
import { openUnloggedWorkbench, openWorkbench, type Workbench } from './workbench.ts'

interface GenerateOptions extends FolderOptions, PromptOptions, RunOptions, DataOptions, PlacementOptions {
  model?: string
  json?: boolean
  latents?: boolean
  log: boolean
}

const examples = `
Examples:
  memgen generate --prompt "Start with 6, then mib, plus 2, tarn. What is the last digit?"
  memgen generate --model ~/models/Qwen2.5-0.5B --checkpoint ~/runs/gsm8k --prompt-file question.txt
  memgen generate --model base --checkpoint memgen --messages chat.jsonl --policy random:0.3 --seed 7 --json
  memgen generate --model base --prompt "Once upon" --raw --policy vanilla --temperature 0.8 --top-p 0.95

With --json each line is an object whose "type" is header, weave (before the step it precedes), step or finish.
Ctrl-C stops after the step under way and finishes the trace as "stopped".`

export function generateCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('generate')
    .description('Generate from a prompt; every step goes to the log.')
    .option('--model <dir|id>', 'base model folder, or a model of the library (default: the bundled demo model)')
  addFolderOptions(command)
  addPromptOptions(command)
  addPlacementOptions(addRunOptions(command))
    .option('--json', 'JSON lines instead of text')
    .option('--latents', 'with --json: the latents themselves, not only their norms')
    .option('--no-log', 'keep nothing')
  return addDataOption(command, shell)
    .addHelpText('after', examples)
    .action(async (options: GenerateOptions) => end(await generate(shell, options)))
}

async function generate(shell: Shell, options: GenerateOptions): Promise<ExitCode> {
  const prompt = await readPrompt(options, () => shell.readStdin())
  const isLogged = options.log
  toRunConfig(options, true) // wrong arguments are told before anything starts
  const placement = toPlacement(options)
  const workbench = isLogged ? await openWorkbench(shell, { dataDir: options.dataDir, placement }) : openUnloggedWorkbench(shell, { placement })
  try {
    const model = await findOrAddModel(workbench.modelLibrary, options.model, options)
    const config = toRunConfig(options, model.location.checkpointDir !== undefined)
    sayWhatLoads(shell, workbench, model)
    const output = options.json === true ? createJsonOutput(shell, { withLatents: options.latents ?? false, isLogged }) : createTextOutput(shell, { isLogged })
    return await run(shell, workbench, output, { model, prompt, config })
  } finally {
    await workbench.dispose()
  }
}

async function run(shell: Shell, { sessions }: Workbench, output: GenerationOutput, given: { model: ModelEntry; prompt: Prompt; config: RunConfig }): Promise<ExitCode> {
  const { header, promptTokens } = await sessions.open({ modelId: given.model.id, prompt: given.prompt, config: given.config })
  output.start(header, promptTokens)
  const events = await sessions.subscribe(header.id)
  let isInterrupted = false
  shell.onInterrupt(() => {
    isInterrupted = true
    void sessions.stop(header.id)
  })
  await sessions.advance(header.id, { until: 'end' })
  let last: { header: TraceHeader; state: SessionState } | null = null
  for await (const event of events) {
    if (event.kind === 'step') output.step(event.step, event.weave)
    else last = event
  }
  if (last === null) throw new Error('internal: the session ended without a state')
  output.end(last.header, last.state.kind === 'recorded' ? last.state.reason : null)
  if (isInterrupted) return exitCodes.interrupted
  return last.state.kind === 'finished' && last.state.finish !== 'error' ? exitCodes.ok : exitCodes.failed
}

/** The model's label is a warning the user must see; progress is for people who wait at a terminal. */
function sayWhatLoads(shell: Shell, { engine }: Workbench, model: ModelEntry): void {
  const isColoured = isStyled(shell, shell.stderr)
  if (model.label !== null) shell.stderr.write(`${styled(`${model.name}: ${model.label}`, 'dim', isColoured)}\n`)
  let told: DeviceFallback | null = null
  engine.onStatus((status) => {
    const fallback = status.kind === 'ready' ? (status.loadedModels.find(({ modelId }) => modelId === model.id)?.fallback ?? null) : told
    if (fallback !== null && fallback !== told) shell.stderr.write(fallbackNotice(fallback))
    told = fallback
    if (shell.stderr.isTTY !== true) return
    if (status.kind === 'loading') shell.stderr.write(`\r\u001B[K${status.stage} ${Math.round(status.progress * 100)} %`)
    if (status.kind === 'ready') shell.stderr.write('\r\u001B[K')
  })
}
