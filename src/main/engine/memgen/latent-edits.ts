/**
 * @file What is done to the latents of one insertion, be it the run's intervention or the user's edit of this block. It weaves nothing
 * and checks nothing against a model.
 */
import type { LatentEdit } from '../../../shared/domain/branch.ts'
import { intervene, type InterventionSources } from './interventions.ts'

/** An edit with what it refers to. */
export interface ResolvedEdit {
  readonly edit: LatentEdit
  /** The other block's latents, [K, hidden] for a K of its own, where the edit is a swap. */
  readonly swapped: Float32Array | null
  /** The reasoner's embedding of the pause token, [hidden], where the edit is a pause. */
  pauseEmbedding(): Promise<Float32Array>
}

/** How many latents are injected of a block of `count`. */
export function editedCount({ edit, swapped }: ResolvedEdit, count: number, hiddenSize: number): number {
  if (edit.kind === 'swap') return (swapped?.length ?? 0) / hiddenSize
  if (edit.kind === 'drop') return count - new Set(edit.latents).size
  return count
}

/**
 * The latents that go on: `[K, hidden] float32` in, a new array out, of the same shape unless the edit is a swap or a drop.
 * @throws InterventionError
 */
export async function editLatents(resolved: ResolvedEdit, latents: Float32Array, sources: Omit<InterventionSources, 'pauseEmbedding'>): Promise<Float32Array> {
  const { edit, swapped } = resolved
  if (edit.kind === 'swap') {
    if (swapped === null) throw new Error('internal: a swap without the other latents')
    return swapped.slice()
  }
  if (edit.kind === 'drop') return dropRows(latents, new Set(edit.latents), sources.hiddenSize)
  return intervene(edit, latents, { ...sources, pauseEmbedding: () => resolved.pauseEmbedding() })
}

function dropRows(latents: Float32Array, dropped: ReadonlySet<number>, hiddenSize: number): Float32Array {
  const kept = Array.from({ length: latents.length / hiddenSize }, (_, row) => row).filter((row) => !dropped.has(row))
  const result = new Float32Array(kept.length * hiddenSize)
  for (const [target, source] of kept.entries()) result.set(latents.subarray(source * hiddenSize, (source + 1) * hiddenSize), target * hiddenSize)
  return result
}
