/** @file `memgen inspect`: checkpoint health before anything is loaded. It keeps nothing. */
import { Command } from 'commander'
import { EngineHost } from '../engine-host/index.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { formatHealth } from './health-report.ts'
import { addFolderOptions, toLocation, type FolderOptions } from './model-options.ts'
import { createProgressLine } from './progress-line.ts'
import { isStyled, type Shell } from './shell.ts'

interface InspectOptions extends FolderOptions {
  sha256?: boolean
  json?: boolean
}

const examples = `
Examples:
  memgen inspect ~/models/Qwen2.5-0.5B
  memgen inspect ~/models/Qwen2.5-0.5B --checkpoint ~/runs/gsm8k --sha256
  memgen inspect base --checkpoint memgen --json | jq .verdict`

export function inspectCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('inspect')
    .description('Say what a base model and a MemGen checkpoint hold, what is missing or untrained, and the memory they take.')
    .argument('<dir>', "the reasoner's base model")
  return addFolderOptions(command)
    .option('--sha256', 'hash every file')
    .option('--json', 'print the report as one JSON object')
    .addHelpText('after', examples)
    .action(async (dir: string, options: InspectOptions) => {
      const engine = new EngineHost(shell.startEngine)
      const progress = createProgressLine(shell.stderr)
      try {
        const request = { location: toLocation(dir, options), sha256: options.sha256 ?? false }
        const health = await engine.call('inspect', request, { onProgress: progress.show }).finally(progress.clear)
        const lines = options.json === true ? [JSON.stringify(health, null, 2)] : formatHealth(health, isStyled(shell, shell.stdout))
        shell.stdout.write(`${lines.join('\n')}\n`)
        if (health.checks.some(({ id }) => id === 'reasoner.is-base')) shell.stderr.write(`Try: memgen inspect BASE --checkpoint ${dir}\n`)
        end(health.verdict === 'error' ? exitCodes.failed : exitCodes.ok)
      } finally {
        await engine.dispose()
      }
    })
}
