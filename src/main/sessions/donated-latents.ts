/** @file What the intervention `other` gives a trace: kept with the result that it replays. It weaves nothing itself. */
import type { CompactRecord } from '../../shared/domain/compact-record.ts'
import type { DonorLatents, DonorSample } from '../../shared/domain/donor.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { ResultOrigin } from '../../shared/domain/trace.ts'
import type { EngineHost } from '../engine-host/index.ts'
import { DonorsUnknownError } from './errors.ts'
import type { ModelLoader } from './model-loader.ts'
import type { SessionLog } from './session-log.ts'

/** What the engine needs besides a config: nothing without the intervention, or by hand, where nobody knows a donor. */
export async function donorFor(log: Pick<SessionLog, 'donatedLatentsOf'>, { config, origin }: { config: RunConfig; origin: ResultOrigin | null }): Promise<{ donor?: DonorLatents }> {
  return origin === null || config.intervention?.kind !== 'other' ? {} : { donor: await log.donatedLatentsOf(origin) }
}

export interface DonatedResult {
  readonly origin: ResultOrigin
  readonly modelId: ModelId
  /** Of the run. */
  readonly config: RunConfig
  readonly record: Pick<CompactRecord, 'donors'>
  /** Of the run, as the record's positions name them. */
  readonly donors: readonly DonorSample[]
}

/**
 * Has the latents that a result was given woven again and keeps them, unless they are kept already: from then on its traces need no run.
 * Raises DonorsUnknownError where the record is of before donors were recorded, ModelNotFoundError and whatever engine and log raise.
 */
export async function keepDonatedLatents(
  { engine, log, models }: { engine: EngineHost; log: SessionLog; models: ModelLoader },
  { origin, modelId, config, record: { donors: positions }, donors }: DonatedResult,
  options: { signal: AbortSignal },
): Promise<void> {
  const kept = await log.donatedLatentsOf(origin)
  if (kept.prompt.length + kept.inference.length > 0) return
  if (positions === null || [...positions.prompt, ...positions.inference].some((position) => position >= donors.length)) throw new DonorsUnknownError(origin)
  await models.require(modelId)
  const samples = donors.map((donor) => ({ ...donor, repeat: 0 }))
  await log.saveDonatedLatents(origin, await engine.call('weaveDonors', { modelId, config, donors: samples, positions }, options))
}
