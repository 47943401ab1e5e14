/** @file Readings of the attention that later positions pay to a block. It computes no attention. */
import type { LatentAttention } from '../../../../../shared/domain/analysis.ts'

/** Mean over steps for each [layer][head]; of one latent, or summed over all of the block where `latent` is null. */
export function meanByHead({ layers, heads, latents, stepIndices, mass }: LatentAttention, latent: number | null): number[][] {
  const steps = stepIndices.length
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: heads }, (_, head) => {
      let sum = 0
      for (let index = latent ?? 0; index < (latent === null ? latents : latent + 1); index++) {
        const start = ((layer * heads + head) * latents + index) * steps
        for (let step = 0; step < steps; step++) sum += mass[start + step] ?? 0
      }
      return steps === 0 ? 0 : sum / steps
    }),
  )
}

/** For each step the attention to the whole block, mean over layers and heads, or of one head. */
export function massByStep({ layers, heads, latents, stepIndices, mass }: LatentAttention, place: { readonly layer: number; readonly head: number } | null): number[] {
  const steps = stepIndices.length
  const sums = new Array<number>(steps).fill(0)
  for (let layer = place?.layer ?? 0; layer < (place === null ? layers : place.layer + 1); layer++) {
    for (let head = place?.head ?? 0; head < (place === null ? heads : place.head + 1); head++) {
      const start = (layer * heads + head) * latents * steps
      for (let offset = 0; offset < latents * steps; offset++) sums[offset % steps] = (sums[offset % steps] ?? 0) + (mass[start + offset] ?? 0)
    }
  }
  const count = place === null ? layers * heads : 1
  return sums.map((sum) => sum / count)
}
