/**
 * @file Turns what the rooms throw into the errors the contract declares. Where a procedure does not declare a code, oRPC
 * sends it undeclared. It does not know which procedure failed.
 */
import { ORPCError } from '@orpc/server'
import type { HealthCheck } from '../../shared/domain/health.ts'
import { declaredErrors, type DeclaredErrorCode } from '../../shared/errors.ts'
import type { z } from 'zod'
import { messageOf } from '../../shared/message-of.ts'
import type { EngineFailure } from '../engine/protocol.ts'
import { EngineCallError, EngineLostError } from '../engine-host/index.ts'
import { DownloadError } from '../hub/index.ts'
import { EvaluationConflictError, GridTextError, OutputDirectoryTakenError, SweepNotFoundError, TrainingConfigError, TrainingRunNotFoundError, TrainingStateError } from '../jobs/index.ts'
import { LatentsUnavailableError } from '../latents/index.ts'
import { EvaluationNotFoundError, LogUnavailableError, QueryError, TraceNotFoundError, TrainingConflictError } from '../log/index.ts'
import { ClusterSetError, DonorsUnknownError, ForkPositionError, ModelNotFoundError, ReplayStoppedError, SessionNotLiveError, WeaveNotFoundError } from '../sessions/index.ts'
import { DatasetError } from '../tasks/index.ts'
import { TransferError } from '../transfer/index.ts'

/** A model that cannot be read, by the health check that found it. */
export class CheckpointInvalidError extends Error {
  override name = 'CheckpointInvalidError'
  readonly place: z.infer<(typeof declaredErrors)['CHECKPOINT_INVALID']['data']>

  /** @param folder named where the check names no file */
  constructor({ detail, values = {} }: HealthCheck, folder: string) {
    super(detail)
    const { path = folder, tensorName = null, field = null } = values
    this.place = declaredErrors.CHECKPOINT_INVALID.data.parse({ path, tensorName, field })
  }
}

/** The error to send for whatever was thrown; a bug of ours goes to stderr with its stack and across with its message. */
export function toRpcError(error: unknown): ORPCError<string, unknown> {
  if (error instanceof ORPCError) return error as ORPCError<string, unknown> // its data is checked against the contract later
  if (error instanceof CheckpointInvalidError) return declare('CHECKPOINT_INVALID', error, error.place)
  if (error instanceof ModelNotFoundError) return declare('MODEL_NOT_FOUND', error, { modelId: error.modelId })
  if (error instanceof TraceNotFoundError) return declare('TRACE_NOT_FOUND', error, { traceId: error.traceId })
  if (error instanceof SessionNotLiveError) return declare('SESSION_NOT_LIVE', error, { traceId: error.traceId })
  // They say in their message what cannot be generated from, or asked about.
  if (error instanceof WeaveNotFoundError || error instanceof ForkPositionError || error instanceof ClusterSetError || error instanceof ReplayStoppedError) return declare('PROMPT_REJECTED', error, { promptLength: null, limit: null })
  if (error instanceof SweepNotFoundError) return declare('SWEEP_NOT_FOUND', error, { sweepId: error.sweepId })
  if (error instanceof LatentsUnavailableError) return declare('LATENTS_UNAVAILABLE', error, { reason: error.reason })
  if (error instanceof EvaluationNotFoundError) return declare('EVALUATION_NOT_FOUND', error, { runId: error.runId, sampleId: error.sampleId })
  if (error instanceof DonorsUnknownError) return declare('REPLAY_UNAVAILABLE', error, { runId: error.origin.runId, sampleId: error.origin.sampleId })
  if (error instanceof EvaluationConflictError) return declare('EVALUATION_CONFLICT', error, { runId: error.runId })
  if (error instanceof QueryError) return declare('QUERY_INVALID', error, { line: null, column: null })
  if (error instanceof GridTextError) return declare('QUERY_INVALID', error, { line: error.line, column: error.column })
  if (error instanceof TrainingRunNotFoundError) return declare('TRAINING_RUN_NOT_FOUND', error, { runId: error.runId })
  if (error instanceof TrainingConfigError) return declare('TRAINING_CONFIG_INVALID', error, { problems: [...error.problems] })
  if (error instanceof TrainingStateError || error instanceof TrainingConflictError || error instanceof OutputDirectoryTakenError) {
    return declare('TRAINING_CONFLICT', error, { runId: error.runId })
  }
  if (error instanceof DownloadError) return declare('DOWNLOAD_FAILED', error, { repo: error.repo, file: error.file })
  if (error instanceof DatasetError) return declare('DATASET_INVALID', error, { path: error.path, row: error.row, field: error.field })
  if (error instanceof TransferError) return declare('TRANSFER_FAILED', error, { path: error.path, place: error.place })
  if (error instanceof LogUnavailableError) return declare('LOG_UNAVAILABLE', error, { path: error.path, reason: error.reason })
  if (error instanceof EngineLostError) return declare('ENGINE_LOST', error, { exitCode: error.exitCode, signal: error.signal })
  if (error instanceof EngineCallError) return fromEngine(error, error.failure)
  return internal(error)
}

/** What a stream throws passes by the procedures' own catch. */
export async function* declareErrorsOf<Message>(stream: AsyncGenerator<Message, void, undefined>): AsyncGenerator<Message, void, undefined> {
  try {
    yield* stream
  } catch (error) {
    throw toRpcError(error)
  }
}

function fromEngine(error: EngineCallError, failure: EngineFailure): ORPCError<string, unknown> {
  switch (failure.code) {
    case 'CHECKPOINT_INVALID':
      return declare('CHECKPOINT_INVALID', error, { path: failure.path, tensorName: failure.tensorName, field: failure.field })
    case 'PROMPT_REJECTED':
      return declare('PROMPT_REJECTED', error, { promptLength: failure.promptLength, limit: failure.limit })
    case 'DEVICE_UNAVAILABLE':
      return declare('DEVICE_UNAVAILABLE', error, { device: failure.device, reason: failure.reason })
    case 'MEMORY_INSUFFICIENT':
      return declare('MEMORY_INSUFFICIENT', error, { device: failure.device, neededBytes: failure.neededBytes, availableBytes: failure.availableBytes })
    case 'ROLLOUT_FAILED':
    case null:
      return internal(error)
    default:
      return failure satisfies never
  }
}

function declare<Code extends DeclaredErrorCode>(code: Code, cause: Error, data: z.infer<(typeof declaredErrors)[Code]['data']>): ORPCError<string, unknown> {
  return new ORPCError(code, { status: declaredErrors[code].status, message: cause.message, data, cause })
}

function internal(cause: unknown): ORPCError<string, unknown> {
  process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
  return new ORPCError('INTERNAL_SERVER_ERROR', { message: messageOf(cause), cause })
}
