/** @file Says of any failure what happened, what was kept and what to do next. It does not know where that is shown. */
import { isDefinedError, ORPCError } from '@orpc/client'
import type { z } from 'zod'
import { formatBytes } from '../charts/format.ts'
import { declaredErrors, type DeclaredErrorCode } from '../../../shared/errors.ts'

export interface Failure {
  happened: string
  kept: string
  next: string
  /** Names of files, tensors and fields, to be shown as they are. */
  details: readonly string[]
}

type DataOf<Code extends DeclaredErrorCode> = z.infer<(typeof declaredErrors)[Code]['data']>

const describers: { [Code in DeclaredErrorCode]: (message: string, data: DataOf<Code>) => Failure } = {
  CHECKPOINT_INVALID: (message, { path, tensorName, field }) => ({
    happened: message,
    kept: 'No file was changed, and no model that was loaded before is affected.',
    next: 'Check the file named here. For a model in the library, Models shows everything that was found in its files.',
    details: [`file ${path}`, ...(tensorName === null ? [] : [`tensor ${tensorName}`]), ...(field === null ? [] : [`field ${field}`])],
  }),
  MODEL_NOT_FOUND: (message, { modelId }) => ({
    happened: message,
    kept: 'Its traces are kept and can still be read.',
    next: 'Choose another model, or add this one again under Models.',
    details: [`model ${modelId}`],
  }),
  TRACE_NOT_FOUND: (message, { traceId }) => ({
    happened: message,
    kept: 'All other traces are untouched.',
    next: 'Open Traces and choose one from the list.',
    details: [`trace ${traceId}`],
  }),
  PROMPT_REJECTED: (message, { promptLength, limit }) => ({
    happened: message,
    kept: 'Your prompt is still in the editor. No trace was made.',
    next: promptLength !== null && limit !== null && promptLength > limit ? 'Shorten the prompt or choose a model with a longer context.' : 'Change the prompt or the settings and start again.',
    details: promptLength === null || limit === null ? [] : [`${promptLength} tokens`, `limit ${limit} tokens`],
  }),
  SESSION_NOT_LIVE: (message) => ({
    happened: message,
    kept: 'Every recorded step is here.',
    next: 'Restart makes a new trace with the same model, prompt and settings.',
    details: [],
  }),
  SWEEP_NOT_FOUND: (message, { sweepId }) => ({
    happened: message,
    kept: 'All other sweeps are untouched.',
    next: 'Open Sweeps and choose one from the list.',
    details: [`sweep ${sweepId}`],
  }),
  TRAINING_RUN_NOT_FOUND: (message, { runId }) => ({
    happened: message,
    kept: 'All other training runs are untouched.',
    next: 'Open Train and choose one from the list.',
    details: [`training run ${runId}`],
  }),
  TRAINING_CONFLICT: (message, { runId }) => ({
    happened: message,
    kept: 'Nothing was started or ended. What was recorded of the run is unchanged.',
    next: 'Look at the run in the list: it may have ended meanwhile, or another app may have it in hand.',
    details: [`training run ${runId}`],
  }),
  TRAINING_CONFIG_INVALID: (message, { problems }) => ({
    happened: problems.length === 1 ? message : `${problems.length} settings cannot be used.`,
    kept: 'No run was started.',
    next: 'Correct what is named here, then read the configuration again.',
    // The host's own message of a single problem says all of it.
    details: problems.map(({ place, key, problem }) => [place, key, problem].filter((part) => part !== null).join(': ')).filter((detail) => detail !== message),
  }),
  EVALUATION_NOT_FOUND: (message, { runId, sampleId }) => ({
    happened: message,
    kept: 'All other runs and their results are untouched.',
    next: 'Open Runs and choose one from the list.',
    details: [`run ${runId}`, ...(sampleId === null ? [] : [`sample ${sampleId}`])],
  }),
  EVALUATION_CONFLICT: (message, { runId }) => ({
    happened: message,
    kept: 'Nothing was started or ended. Every finished sample is in the log.',
    next: 'Look at the run in the list: it may have ended meanwhile, or another app may have it in hand.',
    details: runId === null ? [] : [`run ${runId}`],
  }),
  REPLAY_UNAVAILABLE: (message, { runId, sampleId }) => ({
    happened: message,
    kept: 'Its text, decisions and numbers are kept as they were recorded.',
    next: 'Read them in the list of results. Results of a new run of the same plan open in the debugger.',
    details: [`run ${runId}`, `sample ${sampleId}`],
  }),
  DATASET_INVALID: (message, { path, row, field }) => ({
    happened: message,
    kept: 'The file was only read. No run was started.',
    next: 'Correct the file, or choose another source, split or field mapping.',
    details: [`file ${path}`, ...(row === null ? [] : [`row ${row}`]), ...(field === null ? [] : [`field ${field}`])],
  }),
  DOWNLOAD_FAILED: (message, { repo, file }) => ({
    happened: message,
    kept: 'What arrived is kept.',
    next: 'Start the download again: it goes on where it stopped.',
    details: [`repository ${repo}`, ...(file === null ? [] : [`file ${file}`])],
  }),
  QUERY_INVALID: (message, { line, column }) => ({
    happened: message,
    kept: 'What you wrote is still in the editor. Nothing was changed.',
    next: 'Correct what is named here.',
    details: line === null ? [] : [`line ${line}${column === null ? '' : `, column ${column}`}`],
  }),
  LATENTS_UNAVAILABLE: (message, { reason }) => ({ happened: message, kept: 'The runs are untouched.', next: latentRemedies[reason], details: [] }),
  TRANSFER_FAILED: (message, { path, place }) => ({
    happened: message,
    kept: 'The log is as it was before.',
    next: 'Look at the file named here, then try again.',
    details: [`file ${path}`, ...(place === null ? [] : [place])],
  }),
  ENGINE_LOST: (message, { exitCode, signal }) => ({
    happened: message,
    kept: 'Every step shown was logged before it was shown.',
    next: 'Try again as soon as the new engine is ready: a generation goes on from its record.',
    details: [...(signal === null ? [] : [`signal ${signal}`]), ...(exitCode === null ? [] : [`exit code ${exitCode}`])],
  }),
  DEVICE_UNAVAILABLE: (message, { device }) => ({
    happened: message,
    kept: 'Your prompt and settings are still in the editor. No trace was made, and nothing logged is affected.',
    next: 'Choose CPU or Auto beside the model, then start again.',
    details: [`device ${device}`],
  }),
  MEMORY_INSUFFICIENT: (message, { device, neededBytes, availableBytes }) => ({
    happened: message,
    kept: 'Nothing was loaded. What was in memory before is still there, and nothing logged is affected.',
    next: 'Choose a smaller precision under Models, unload another model, or close other programs; then load it again.',
    details: [`needs ${formatBytes(neededBytes)}`, `available ${formatBytes(availableBytes)}`, `device ${device}`],
  }),
  LOG_UNAVAILABLE: (message, { path, reason }) => ({
    happened: message,
    kept: 'Everything logged before is still in the database.',
    next: logRemedies[reason],
    details: [`file ${path}`],
  }),
}

const latentRemedies: Record<DataOf<'LATENTS_UNAVAILABLE'>['reason'], string> = {
  'none-recorded': 'Choose runs that kept latents; a new run keeps them unless it is told not to.',
  'different-sizes': 'Choose runs of models with the same hidden size.',
  'too-few': 'Choose more runs, or a larger part of them.',
}

const logRemedies: Record<DataOf<'LOG_UNAVAILABLE'>['reason'], string> = {
  'disk-full': 'Free some disk space, then try again.',
  locked: 'Another program holds the database. Close the other workbench, then try again.',
  'newer-version': 'A newer version of the workbench wrote this database. Open it with that version.',
  corrupt: 'Restore the latest backup that lies beside the database.',
  'read-only': 'Make the folder writable, then try again.',
  other: 'Look at the file named here, then try again.',
}

export function describeFailure(error: unknown): Failure {
  // instanceof gives the library's any; what the data really is, the schema below decides.
  return (error instanceof ORPCError ? describeDeclared(error as ORPCError<string, unknown>) : null) ?? describeUnknown(error)
}

function describeDeclared(error: ORPCError<string, unknown>): Failure | null {
  if (!isDefinedError(error) || !(error.code in declaredErrors)) return null
  const code = error.code as DeclaredErrorCode
  const data = declaredErrors[code].data.safeParse(error.data)
  // The table pairs each code with its own data; TypeScript cannot follow a pair through a lookup by union.
  return data.success ? (describers[code] as (message: string, data: unknown) => Failure)(error.message, data.data) : null
}

function describeUnknown(error: unknown): Failure {
  // What was asked over a link that closes is given up by the library, in words of its own.
  if (error instanceof Error && error.name === 'AbortError') {
    return {
      happened: 'The connection to the app was lost before it answered.',
      kept: 'Everything logged before is kept.',
      next: 'Try again when it is back.',
      details: [],
    }
  }
  return {
    happened: error instanceof Error && error.message !== '' ? error.message : 'Something failed that the app has no words for.',
    kept: 'Everything logged before is kept.',
    next: 'Try again. If it happens again, restart the app and report this message.',
    details: error instanceof ORPCError ? [`code ${error.code}`] : [],
  }
}
