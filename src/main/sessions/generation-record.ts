/** @file A recorded trace as the engine takes it up: what it has read so far, and what was changed in it. It computes nothing. */
import type { AppliedChange } from '../../shared/domain/branch.ts'
import type { Trace } from '../../shared/domain/trace.ts'
import type { Matrix } from '../../shared/domain/weave.ts'
import type { GenerationRecord, ResolvedChange } from '../engine/protocol.ts'
import { WeaveNotFoundError } from './errors.ts'
import type { SessionLog } from './session-log.ts'

/** What determines a trace's generation from `stepIndex` on. @param stepIndex @default after the last recorded step */
export function recordBefore({ promptTokens, steps, weaves }: Omit<Trace, 'header'>, stepIndex = steps.length): GenerationRecord {
  return {
    promptIds: promptTokens.map(({ tokenId }) => tokenId),
    steps: steps.slice(0, stepIndex).map(({ tokenId, candidate, augmentationCount, randomState }) => ({ tokenId, candidate, augmentationCount, randomState })),
    insertions: weaves.filter((weave) => weave.stepIndex < stepIndex).map((weave) => ({ stepIndex: weave.stepIndex, latents: weave.latents })),
  }
}

/** Fetches the latents that swaps refer to. Raises WeaveNotFoundError and whatever the log raises. */
export function resolveChanges(log: Pick<SessionLog, 'getTrace'>, changes: readonly AppliedChange[]): Promise<ResolvedChange[]> {
  return Promise.all(changes.map(async (applied) => ({ ...applied, latents: await latentsFor(log, applied) })))
}

async function latentsFor(log: Pick<SessionLog, 'getTrace'>, { change }: AppliedChange): Promise<Matrix | null> {
  if (change.kind !== 'latents' || change.edit.kind !== 'swap') return null
  const { traceId, weaveId } = change.edit
  const weave = (await log.getTrace(traceId))?.weaves.find(({ id }) => id === weaveId)
  if (weave === undefined) throw new WeaveNotFoundError(traceId, weaveId)
  return weave.latents
}
