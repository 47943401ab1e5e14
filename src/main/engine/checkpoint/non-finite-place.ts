/** @file Finds the tensor that makes a generation meet NaN, so that a message can name it. It does not know the generation. */
import type { CheckpointPlace } from './errors.ts'
import type { MemGenCheckpoint } from './memgen-checkpoint.ts'
import { ownTensors } from './memgen-health.ts'
import type { TensorLocation } from './safetensors.ts'
import { countNonFinite } from './tensor-statistics.ts'
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
    for (const [tensorName, { data }] of ownTensors(checkpoint)) {
      if (countNonFinite(data) > 0) return { path: pathOfOwn(checkpoint, tensorName), tensorName }
    }
  }
  for (const tensors of bases) {
    for (const [tensorName, { file }] of tensors) {
      if ((await findNonFinite({ tensors }, [tensorName])).size > 0) return { path: file, tensorName }
    }
  }
  return undefined
}

/** Adapters know their file; the other parts were gathered from several files of the folder. */
function pathOfOwn({ directory, weaver, trigger }: MemGenCheckpoint, tensorName: string): string {
  const adapter = tensorName.startsWith('weaver.') ? weaver.adapter : tensorName.startsWith('trigger.') ? trigger.adapter : undefined
  return adapter?.path ?? directory
}
