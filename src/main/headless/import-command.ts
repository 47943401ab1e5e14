/** @file `memgen import`: bundles and results of other programs into the log, without starting an engine. It does not know formats. */
import { resolve } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { importKindSchema, type ImportKind, type ImportResult } from '../../shared/domain/transfer.ts'
import { plural } from '../../shared/plural.ts'
import { dataFilesOf } from '../server/index.ts'
import { Transfer } from '../transfer/index.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import type { Shell } from './shell.ts'
import { withLog } from './with-log.ts'

interface ImportOptions extends DataOptions {
  kind?: ImportKind
  name?: string
  json?: boolean
}

const examples = `
Examples:
  memgen import from-a-colleague.memgen.zip
  memgen import .cache/evaluate/gsm8k/qwen/pn=1_pl=8_in=5_il=8_20260101/evaluate/answer.json
  memgen import samples_gsm8k_2026-01-01.jsonl --name "Qwen2.5-1.5B, lm-evaluation-harness"
  memgen import results/runs --name "TRL baseline"

What was imported before is found again and added once.`

export function importCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('import')
    .description('Read a bundle of another workbench, results of the reference or of lm-evaluation-harness, or TensorBoard’s curves into the log.')
    .addArgument(new Argument('<file>', 'a file, or the folder of an unpacked bundle or of event files'))
    .addOption(new Option('--kind <kind>', 'what it is (default: told by its content)').choices(importKindSchema.options))
    .option('--name <name>', 'what the runs are called where the file does not say')
    .option('--json', 'print what was imported as one JSON object')
  return addDataOption(command, shell)
    .addHelpText('after', examples)
    .action(async (file: string, { kind, name, json, dataDir }: ImportOptions) => {
      const { exportsDir } = dataFilesOf(dataDir)
      const result = await withLog({ dataDir }, (log) => new Transfer({ log, exportsDir, version: shell.version }).import({ path: resolve(file), kind: kind ?? null, name: name ?? null }))
      for (const warning of result.warnings) shell.stderr.write(`memgen: ${warning}\n`)
      shell.stdout.write(json === true ? `${JSON.stringify(result)}\n` : `${describeImport(result)}\n`)
      end(exitCodes.ok)
    })
}

function describeImport({ kind, runIds, curvesIds, resultCount, skippedCount }: ImportResult): string {
  const imported = kind === 'tensorboard' ? `${plural(curvesIds.length, 'curve set')}, ${plural(resultCount, 'point')}` : `${plural(runIds.length, 'run')}, ${plural(resultCount, 'result')}`
  return `${imported}; ${skippedCount} here already`
}
