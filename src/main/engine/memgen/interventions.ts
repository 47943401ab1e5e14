/**
 * @file What is done to latents between the weaver's projection and the reasoner (docs/DESIGN.md 4.8). It weaves
 * nothing and does not know where its result goes.
 */
import type { DonorLatents } from '../../../shared/domain/donor.ts'
import type { LatentIntervention } from '../../../shared/domain/latent-intervention.ts'
import type { WeaveKind } from '../../../shared/domain/weave.ts'
import type { RandomStream } from './sampling/random-streams.ts'
import { euclideanNorms } from './vocabulary.ts'

export type ClusterAblation = Extract<LatentIntervention, { kind: 'drop-cluster' }>

/** What interventions may look at besides the latents. */
export interface InterventionSources {
  readonly hiddenSize: number
  readonly kind: WeaveKind
  /** How many insertions of this kind the row had before. */
  readonly ordinal: number
  /** Drawn from by `shuffle` and `random-norm` alone, so that no other draw of the row changes. */
  readonly stream: RandomStream
  readonly donor: DonorLatents | undefined
  /** The reasoner's embedding of the pause token, [hidden]. */
  pauseEmbedding(): Promise<Float32Array>
  /** Whether the ablation leaves out a block with this mean, [hidden]. */
  isNearCluster(mean: Float32Array, ablation: ClusterAblation): Promise<boolean>
}

/** The intervention has nothing to put in: no donor wove at such an insertion. */
export class InterventionError extends Error {
  override readonly name = 'InterventionError'
}

/**
 * The latents that go on: `[K, hidden] float32` in, a new array out, of the same shape or empty where the block is left out.
 * @throws InterventionError
 */
export async function intervene(intervention: LatentIntervention, latents: Float32Array, sources: InterventionSources): Promise<Float32Array> {
  const { hiddenSize } = sources
  switch (intervention.kind) {
    case 'zero':
      return new Float32Array(latents.length)
    case 'mean':
      return repeatRow(meanRow(latents, hiddenSize), latents.length)
    case 'scale':
      return latents.map((value) => value * intervention.factor)
    case 'shuffle':
      return shuffleRows(latents, sources)
    case 'random-norm':
      return randomRows(latents, sources)
    case 'other':
      return donated(latents, sources)
    case 'pause':
      return repeatRow(await sources.pauseEmbedding(), latents.length)
    case 'drop-cluster':
      return (await sources.isNearCluster(meanRow(latents, hiddenSize), intervention)) ? new Float32Array(0) : latents.slice()
    default:
      throw new Error(`internal: no such intervention ${JSON.stringify(intervention satisfies never)}`)
  }
}

function meanRow(latents: Float32Array, hiddenSize: number): Float32Array {
  const count = latents.length / hiddenSize
  return Float32Array.from({ length: hiddenSize }, (_, column) => {
    let sum = 0
    for (let row = 0; row < count; row++) sum += latents[row * hiddenSize + column] ?? 0
    return sum / count
  })
}

function repeatRow(row: Float32Array, length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => row[index % row.length] ?? 0)
}

/** Fisher and Yates; the order may come out as it was. */
function shuffleRows(latents: Float32Array, { hiddenSize, stream }: InterventionSources): Float32Array {
  const order = Array.from({ length: latents.length / hiddenSize }, (_, row) => row)
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(stream.next() * (last + 1))
    ;[order[last], order[chosen]] = [order[chosen] ?? 0, order[last] ?? 0]
  }
  const shuffled = new Float32Array(latents.length)
  for (const [target, source] of order.entries()) {
    shuffled.set(latents.subarray(source * hiddenSize, (source + 1) * hiddenSize), target * hiddenSize)
  }
  return shuffled
}

function randomRows(latents: Float32Array, { hiddenSize, stream }: InterventionSources): Float32Array {
  const random = Float32Array.from(latents, () => drawGaussian(stream))
  const drawnNorms = euclideanNorms(random, hiddenSize)
  const scales = euclideanNorms(latents, hiddenSize).map((norm, row) => norm / (drawnNorms[row] ?? 1))
  return random.map((value, index) => value * (scales[Math.floor(index / hiddenSize)] ?? 0))
}

/** One standard normal number from two uniform ones (Box and Muller). */
export function drawGaussian(stream: RandomStream): number {
  const radius = Math.sqrt(-2 * Math.log(1 - stream.next()))
  return radius * Math.cos(2 * Math.PI * stream.next())
}

function donated(latents: Float32Array, { donor, kind, ordinal }: InterventionSources): Float32Array {
  const blocks = donor?.[kind] ?? []
  const given = blocks[ordinal % blocks.length]?.data
  if (given === undefined) throw new InterventionError(`the other sample has no latents for ${kind} insertion ${ordinal}`)
  if (given.length !== latents.length) throw new Error(`internal: donated latents have ${given.length} numbers, expected ${latents.length}`)
  return given.slice()
}
