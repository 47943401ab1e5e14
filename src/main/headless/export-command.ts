/** @file `memgen export`: runs, results, tokens, latents, traces, reports and bundles as files, without starting an engine. It does not know formats. */
import { resolve } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { exportFormatSchema, exportRequestSchema, type ExportFormat, type ExportRequest, type ExportResult } from '../../shared/domain/transfer.ts'
import { plural } from '../../shared/plural.ts'
import type { ExperimentLog } from '../log/index.ts'
import { dataFilesOf } from '../server/index.ts'
import { formatOfPath, Transfer } from '../transfer/index.ts'
import { completeId } from './complete-id.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { repeatableOption } from './option-values.ts'
import type { Shell } from './shell.ts'
import { UsageError } from './usage-error.ts'
import { readLog } from './with-log.ts'

interface ExportOptions extends DataOptions {
  run: string[]
  trace: string[]
  baseline?: string
  format?: ExportFormat
  out?: string
  json?: boolean
}

const kinds = ['runs', 'results', 'steps', 'latents', 'traces', 'report', 'bundle'] as const satisfies readonly ExportRequest['what'][]
type ExportKind = (typeof kinds)[number]

/** Where neither `--format` nor the file's name says. */
const DEFAULT_FORMATS: Readonly<Record<ExportKind, ExportFormat>> = { runs: 'jsonl', results: 'jsonl', steps: 'parquet', latents: 'safetensors', traces: 'jsonl', report: 'html', bundle: 'bundle' }

const examples = `
Examples:
  memgen export results --run 3f2b8c1e --format parquet --out results.parquet
  memgen export report --run 3f2b8c1e --run 91c0aa7d --baseline 3f2b8c1e --out report.html
  memgen export bundle --run 3f2b8c1e --out for-a-colleague.memgen.zip
  memgen export traces --trace 77ab01c2 --format csv

Ids are those of \`memgen runs\` and \`memgen traces\`; the beginning of one is enough.`

export function exportCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('export')
    .description('Write what the log holds to a file that other programs read.')
    .addArgument(new Argument('<what>', 'what to write').choices(kinds))
    .addOption(repeatableOption('--run <id>', 'a run, several times'))
    .addOption(repeatableOption('--trace <id>', 'for traces: a trace, several times'))
    .option('--baseline <id>', 'for a report: the run that others are compared with, one of them or one more (default: the first)')
    .addOption(new Option('--format <format>', 'how (default: as the name of --out ends, or what suits)').choices(exportFormatSchema.options))
    .option('--out <file>', 'where to (default: a new file in the data folder’s exports)')
    .option('--json', 'print path, size and rows as one JSON object')
  return addDataOption(command, shell)
    .addHelpText('after', examples)
    .action(async (what: ExportKind, options: ExportOptions) => {
      const result = await exportTo(shell, what, options)
      shell.stdout.write(options.json === true ? `${JSON.stringify(result)}\n` : `${result.path}: ${plural(result.rowCount, 'row')}, ${result.sizeBytes} bytes\n`)
      end(exitCodes.ok)
    })
}

function toRequest(what: ExportKind, options: ExportOptions): ExportRequest {
  const { run, trace, baseline } = options
  const format = formatFor(what, options)
  const given = what === 'traces' ? { what, traceIds: trace, format } : { what, runIds: run, format, ...(what === 'report' && { baselineId: baseline ?? run[0] }) }
  const parsed = exportRequestSchema.safeParse(given)
  if (parsed.success) return parsed.data
  if (what === 'traces' && trace.length === 0) throw new UsageError('--trace: expected at least one id')
  const least = what === 'report' && baseline === undefined ? 2 : 1
  if (what !== 'traces' && run.length < least) throw new UsageError(`--run: expected at least ${least === 1 ? 'one id' : 'two ids'}`)
  if (what === 'report' && run.every((id) => id === (baseline ?? run[0]))) throw new UsageError('--run: expected a run other than the baseline')
  throw new UsageError(`${options.format === undefined ? `--out ${options.out ?? ''}` : `--format ${format}`}: a ${what} cannot be written as ${format}`)
}

/** A file in another format than its name says would be read wrongly by whoever opens it. */
function formatFor(what: ExportKind, { format, out }: ExportOptions): ExportFormat {
  const named = out === undefined ? null : formatOfPath(out)
  if (format !== undefined && named !== null && named !== format) throw new UsageError(`--format ${format}: --out ${out} is named as ${named}. Leave out --format, or name the file otherwise.`)
  return format ?? named ?? DEFAULT_FORMATS[what]
}

function exportTo(shell: Shell, what: ExportKind, options: ExportOptions): Promise<ExportResult> {
  const { dataDir, out } = options
  // Wrong arguments are refused before a log is opened.
  toRequest(what, options)
  return readLog(shell, options, async (log) => {
    const request = toRequest(what, { ...options, ...(await completeIds(log, options)) })
    return new Transfer({ log, exportsDir: dataFilesOf(dataDir).exportsDir, version: shell.version }).export(request, out === undefined ? null : resolve(out))
  })
}

async function completeIds(log: ExperimentLog, { run, trace, baseline }: ExportOptions): Promise<Pick<ExportOptions, 'run' | 'trace' | 'baseline'>> {
  return {
    run: await Promise.all(run.map((id) => completeId(log, 'run', id))),
    trace: await Promise.all(trace.map((id) => completeId(log, 'trace', id))),
    ...(baseline !== undefined && { baseline: await completeId(log, 'run', baseline) }),
  }
}
