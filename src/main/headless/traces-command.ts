/** @file `memgen traces`: what the log holds, without starting an engine. It does not know how it is stored. */
import { Command } from 'commander'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { Trace, TraceHeader } from '../../shared/domain/trace.ts'
import { TraceNotFoundError } from '../log/index.ts'
import { completeId } from './complete-id.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { createJsonOutput, createTextOutput } from './generation-output.ts'
import { integerArgument } from './number-argument.ts'
import { showControls, type Shell } from './shell.ts'
import { formatMinute } from './table-cells.ts'
import { readLog } from './with-log.ts'

interface ListOptions extends DataOptions {
  json?: boolean
  limit: number
  search: string
}
interface ShowOptions extends DataOptions {
  json?: boolean
  latents?: boolean
}

const examples = `
Examples:
  memgen traces
  memgen traces list --search tarn --limit 5
  memgen traces show 3f2b8c1e --json --latents`

const DEFAULT_LIMIT = 20
/** What one page of the log may hold. */
const MAX_LIMIT = 500

export function tracesCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const list = addDataOption(new Command('list'), shell)
    .description('List the newest traces.')
    .option('--limit <n>', 'how many', integerArgument({ min: 1, max: MAX_LIMIT }), DEFAULT_LIMIT)
    .option('--search <text>', 'only those with this text in prompt or generation', '')
    .option('--json', 'one JSON object a line')
    .action(async (options: ListOptions) => {
      await readLog(shell, options, async (log) => {
        const { traces, total } = await log.listTraces({ limit: options.limit, before: null, search: options.search, modelId: null })
        const lines = options.json === true ? traces.map((header) => JSON.stringify(header)) : formatTraces(traces, total)
        for (const line of lines) shell.stdout.write(`${line}\n`)
      })
      end(exitCodes.ok)
    })
  const show = addDataOption(new Command('show'), shell)
    .description('Show one trace as `memgen generate` showed it.')
    .argument('<id>', 'as `memgen traces` lists it, or how it begins')
    .option('--json', 'JSON lines: header, weaves, steps, finish')
    .option('--latents', 'with --json: the latents themselves')
    .action(async (id: string, options: ShowOptions) => {
      const trace = await readLog(shell, options, async (log) => log.getTrace((await completeId(log, 'trace', id)) as TraceId)) // whether it is one is asked here
      if (trace === undefined) throw new TraceNotFoundError(id)
      showTrace(shell, trace, options)
      end(exitCodes.ok)
    })
  return new Command('traces').description('Read traces of the log.').addCommand(list, { isDefault: true }).addCommand(show).addHelpText('after', examples)
}

function formatTraces(traces: readonly TraceHeader[], total: number): string[] {
  if (traces.length === 0) return ['No traces.']
  const lines = traces.map((header) => {
    const finish = (header.finish ?? 'unfinished').padEnd('unfinished'.length)
    const counts = `${String(header.stepCount).padStart(6)} tokens ${String(header.weaveCount).padStart(4)} insertions`
    return showControls(`${header.id}  ${formatMinute(header.createdAt)}  ${finish}  ${counts}  ${header.modelName}  ${JSON.stringify(header.preview.slice(0, 60))}`)
  })
  return total > traces.length ? [...lines, `${traces.length} of ${total}; --limit shows more`] : lines
}

function showTrace(shell: Shell, { header, promptTokens, steps, weaves }: Trace, { json, latents }: ShowOptions): void {
  const output = json === true ? createJsonOutput(shell, { withLatents: latents ?? false, isLogged: true }) : createTextOutput(shell, { isLogged: true })
  const weaveOfStep = new Map(weaves.map((weave) => [weave.stepIndex, weave]))
  output.start(header, promptTokens)
  for (const step of steps) output.step(step, weaveOfStep.get(step.index) ?? null)
  output.end(header, null)
}
