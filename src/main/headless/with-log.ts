/** @file The experiment log for as long as a command needs it, without an engine. It does not know what the command does with it. */
import { openLog, type ExperimentLog } from '../log/index.ts'
import { dataFilesOf } from '../server/index.ts'
import type { DataOptions } from './data-option.ts'
import { showControls, type Shell } from './shell.ts'

/** Raises LogUnavailableError, and whatever `use` raises. */
export async function withLog<Result>({ dataDir }: DataOptions, use: (log: ExperimentLog) => Promise<Result>): Promise<Result> {
  const log = await openLog(dataFilesOf(dataDir).logPath)
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}

/** For a command that only reads: of a log that takes no writes, stderr says why, and the command goes on. Raises what {@link withLog} raises. */
export function readLog<Result>({ stderr }: Pick<Shell, 'stderr'>, options: DataOptions, use: (log: ExperimentLog) => Promise<Result>): Promise<Result> {
  return withLog(options, (log) => {
    if (log.refusal !== null) stderr.write(`memgen: ${showControls(log.refusal)}\n`)
    return use(log)
  })
}
