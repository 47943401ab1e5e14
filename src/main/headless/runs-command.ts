/** @file `memgen runs`: evaluation runs of the log, without starting an engine. It does not know how they are stored. */
import { Command } from 'commander'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { shownRun } from '../jobs/index.ts'
import { EvaluationNotFoundError, type ExperimentLog, type TurnOfRun } from '../log/index.ts'
import { completeId } from './complete-id.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { integerArgument } from './number-argument.ts'
import { showControls, type Shell } from './shell.ts'
import { formatMinute, formatPercent } from './table-cells.ts'
import { readLog } from './with-log.ts'

interface ListOptions extends DataOptions {
  json?: boolean
  limit: number
}

const examples = `
Examples:
  memgen runs
  memgen runs show 3f2b8c1e
  memgen runs unpack 3f2b8c1e > steps.jsonl

unpack prints one JSON object for each generated token: sample, repeat, turn and step, the token, its text, logprob and entropy, and where
the policy was asked its decision, who decided, the trigger's logits and the norms of the latents woven there.`

const DEFAULT_LIMIT = 50

export function runsCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const list = addDataOption(new Command('list'), shell)
    .description('List the newest runs.')
    .option('--limit <n>', 'how many', integerArgument({ min: 1 }), DEFAULT_LIMIT)
    .option('--json', 'one JSON object a line')
    .action(async (options: ListOptions) => {
      const { shown, total } = await readLog(shell, options, async ({ evaluations }) => {
        const runs = (await evaluations.listRuns()).filter(({ trashedAt }) => trashedAt === null)
        return { shown: await Promise.all(runs.slice(0, options.limit).map((run) => shownRun(evaluations, run))), total: runs.length }
      })
      const lines = options.json === true ? shown.map((run) => JSON.stringify(run)) : formatRuns(shown, total)
      for (const line of lines) shell.stdout.write(`${line}\n`)
      end(exitCodes.ok)
    })
  const show = addDataOption(new Command('show'), shell)
    .description('Show everything about a run but its results, as JSON.')
    .argument('<id>', 'as `memgen runs` lists it, or how it begins')
    .action(async (id: string, options: DataOptions) => {
      const run = await readLog(shell, options, (log) => requireRun(log, id))
      shell.stdout.write(`${JSON.stringify(run, null, 2)}\n`)
      end(exitCodes.ok)
    })
  const unpack = addDataOption(new Command('unpack'), shell)
    .description("Print a run's compact records as rows, one JSON object a token.")
    .argument('<id>', 'as `memgen runs` lists it, or how it begins')
    .action(async (id: string, options: DataOptions) => {
      await readLog(shell, options, async (log) => {
        const run = await requireRun(log, id)
        for await (const turn of log.evaluations.turnsOf(run.id)) for (const row of unpackTurn(turn)) shell.stdout.write(`${JSON.stringify(row)}\n`)
      })
      end(exitCodes.ok)
    })
  const command = new Command('runs').description('Read evaluation runs of the log.')
  return command.addCommand(list, { isDefault: true }).addCommand(show).addCommand(unpack).addHelpText('after', examples)
}

async function requireRun(log: ExperimentLog, id: string): Promise<EvaluationRun> {
  const run = await log.evaluations.getRun((await completeId(log, 'run', id)) as EvaluationRunId) // whether it is one is asked here
  if (run === undefined) throw new EvaluationNotFoundError(id)
  return shownRun(log.evaluations, run)
}

function formatRuns(runs: readonly EvaluationRun[], total: number): string[] {
  if (runs.length === 0) return ['No runs.']
  const lines = runs.map(formatRun)
  return total > runs.length ? [...lines, `${runs.length} of ${total}; --limit shows more`] : lines
}

function formatRun({ id, createdAt, status, total, totals, accuracy, modelName, name }: EvaluationRun): string {
  const right = accuracy === null ? '-' : `${formatPercent(accuracy.estimate)} %`
  return showControls([id, formatMinute(createdAt), status.padEnd('cancelled'.length), `${totals.done}/${total}`.padStart(11), right.padStart(7), modelName, name].join('  '))
}

/** A row a token; keys as in the contract. */
export function unpackTurn({ sampleId, repeat, turn, record }: TurnOfRun): Record<string, unknown>[] {
  const asked = new Map(record.asked.map(({ stepIndex, ...place }) => [stepIndex, place]))
  const weaves = new Map(record.weaves.map(({ stepIndex, kind, norms }) => [stepIndex, { kind, norms }]))
  return [...record.tokenIds].map((tokenId, step) => {
    const weave = weaves.get(step)
    return { sampleId, repeat, turn, step, tokenId, text: record.texts[step], logprob: record.logprobs[step], entropy: record.entropies[step], ...asked.get(step), ...(weave !== undefined && { weave }) }
  })
}
