/** @file The `memgen` command line: parses, runs one command, turns failures into one line and an exit code. It does not know what a command does. */
import { Command, CommanderError } from 'commander'
import { z } from 'zod'
import { describeError } from './describe-error.ts'
import { downloadCommand } from './download-command.ts'
import { evalCommand } from './eval-command.ts'
import { exitCodeHelp, exitCodes, type ExitCode } from './exit-codes.ts'
import { exportCommand } from './export-command.ts'
import { generateCommand } from './generate-command.ts'
import { importCommand } from './import-command.ts'
import { inspectCommand } from './inspect-command.ts'
import { watchOptionValues } from './option-values.ts'
import { profileCommand } from './profile-command.ts'
import { runsCommand } from './runs-command.ts'
import { serveCommand } from './serve-command.ts'
import { showControls, type Shell } from './shell.ts'
import { sweepCommand } from './sweep-command.ts'
import { tracesCommand } from './traces-command.ts'
import { trainCommand } from './train-command.ts'
import { UsageError } from './usage-error.ts'

const examples = `
Examples:
  memgen inspect ~/models/Qwen2.5-0.5B --checkpoint ~/runs/gsm8k
  memgen generate --prompt "Start with 6, then mib, plus 2, tarn. What is the last digit?"
  memgen eval --policy vanilla --policy trigger --limit 200
  memgen sweep --prompt "Start with 6, then mib, plus 2, tarn. What is the last digit?" --reference 4
  memgen train weaver --config gsm8k.yaml --options dataset.train_file train.jsonl
  memgen profile --prompt "Start with 6, then mib. What is the last digit?"
  memgen runs
  memgen traces
  memgen serve`

/**
 * @param args without the program's name
 * @returns the exit code; nothing is thrown
 */
export async function runCommandLine(args: readonly string[], shell: Shell): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok
  const end = (code: ExitCode): void => {
    exitCode = code
  }
  const program = new Command('memgen')
    .description('Look inside generative latent memory: inspect checkpoints, generate, evaluate, sweep, train, profile, read runs and traces, serve the app.')
    .version(shell.version)
    .option('--debug', 'print the stack of a failure')
    .addHelpText('after', examples)
  for (const build of [inspectCommand, generateCommand, downloadCommand, evalCommand, sweepCommand, trainCommand, runsCommand, tracesCommand, exportCommand, importCommand, profileCommand, serveCommand]) program.addCommand(build(shell, end))
  for (const command of withSubcommands(program)) {
    watchOptionValues(command)
    command
      .exitOverride()
      .showHelpAfterError('(--help says more)')
      .addHelpText('after', exitCodeHelp)
      .configureOutput({ writeOut: (text) => void shell.stdout.write(text), writeErr: (text) => void shell.stderr.write(text) })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage // it has said why
    return report(error, shell, program.opts<{ debug?: boolean }>().debug ?? false)
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function report(error: unknown, { stderr }: Shell, isDebug: boolean): ExitCode {
  const message = error instanceof z.ZodError ? z.prettifyError(error) : describeError(error)
  stderr.write(`memgen: ${showControls(message)}\n`)
  if (isDebug && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`)
  return error instanceof UsageError || error instanceof z.ZodError ? exitCodes.usage : exitCodes.failed
}
