/** @file Lets go of a rollout that nobody steps any more. It does not know whose it was. */
import type { TraceId } from '../../shared/domain/identifiers.ts'
import { EngineCallError, EngineDisposedError, EngineLostError, type EngineHost } from '../engine-host/index.ts'

/** A rollout whose engine has ended, or says that it has no such rollout, needs no closing. */
export async function closeRollout(engine: EngineHost, rolloutId: TraceId): Promise<void> {
  try {
    await engine.call('close', { rolloutId })
  } catch (error) {
    if (!(error instanceof EngineLostError || error instanceof EngineDisposedError || error instanceof EngineCallError)) throw error
  }
}
