/** @file `--data-dir`, the same for every command that reads or writes the log. It opens nothing. */
import type { Command } from 'commander'
import type { Shell } from './shell.ts'

export interface DataOptions {
  dataDir: string
}

export function addDataOption(command: Command, { dataDir }: Shell): Command {
  return command.option('--data-dir <dir>', 'where the log lies (also MEMGEN_DATA_DIR)', dataDir)
}
