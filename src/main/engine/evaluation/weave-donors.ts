/** @file What a generation was given by other samples, woven again. It does not know what was generated with it. */
import type { DonorLatents } from '../../../shared/domain/donor.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import type { EngineCalls } from '../protocol.ts'
import { requestOf } from './complete-samples.ts'
import { DonorPool } from './donor-pool.ts'

/**
 * Generates from those of `donors` that gave anything, one after the other: alone, as a replay runs, so latents may differ from those of
 * the evaluation's batch in their last bits (docs/DESIGN.md 4.7).
 * @throws PromptRejectedError where a donor weaves fewer times than it gave, or the signal's reason
 */
export async function weaveDonors(
  model: MemGenModel,
  { config, donors, positions: { prompt, inference } }: Omit<EngineCalls['weaveDonors']['request'], 'modelId'>,
  { signal }: { signal: AbortSignal },
): Promise<DonorLatents> {
  const giving = [...new Set([...prompt, ...inference])]
  const requests = giving.map((position) => {
    const donor = donors[position]
    if (donor === undefined) throw new Error(`internal: there is no donor ${position} among ${donors.length}`)
    return requestOf(model, donor)
  })
  const pool = await DonorPool.generate(model, config, requests, { batchSize: 1, signal })
  const placed = (positions: readonly number[]): number[] => positions.map((position) => giving.indexOf(position))
  return pool.latentsAt({ prompt: placed(prompt), inference: placed(inference) })
}
