/** @file Finds the tensor that makes a generation meet NaN, so that a message can name it. It does not know the generation. */
import type { CheckpointPlace } from './errors.ts'
import type { MemGenCheckpoint } from './memgen-checkpoint.ts'
import { findOwnNonFinite } from './memgen-health.ts'
import type { TensorLocation } from './safetensors.ts'
import { findNonFinite } from './weight-scan.ts'

/**
 * The first tensor with NaN or infinite values: the checkpoint's own, then the bases'. Reads every weight when all are
 * finite, seconds per gigabyte.
 */
export async function findNonFinitePlace(
  bases: readonly ReadonlyMap<string, TensorLocation>[],
  checkpoint: MemGenCheckpoint | undefined,
): Promise<Required<Pick<CheckpointPlace, 'path' | 'tensorName'>> | undefined> {
  if (checkpoint !== undefined) {
    const [first] = findOwnNonFinite(checkpoint)
    if (first) return { path: first.file, tensorName: first.name }
  }
  for (const tensors of bases) {
    for (const [tensorName, { file }] of tensors) {
      if ((await findNonFinite({ tensors }, [tensorName])).length > 0) return { path: file, tensorName }
    }
  }
  return undefined
}
