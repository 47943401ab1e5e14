/**
 * @file The numbers of a GRPO loss: token weights, the loss itself and its metrics, from log-probabilities (docs/REFERENCE.md 6;
 * TRL 0.21, trl/trainer/grpo_trainer.py `_compute_loss`). Knows no gradients: graphs compute those with the same weights.
 */

export type GrpoLossType = 'grpo' | 'bnpo' | 'dr_grpo'

/** One number for each completion token or decision: row-major `[rows, columns]`. */
export interface TokenGrid {
  readonly rows: number
  readonly columns: number
}

export interface WeightOptions {
  readonly lossType: GrpoLossType
  /** What `dr_grpo` divides by; the others do not look at it. */
  readonly maxCompletionLength: number
}

export interface ClipOptions {
  /** @default 0.2 */
  readonly epsilonLow?: number
  /** @default epsilonLow */
  readonly epsilonHigh?: number
  /** Upper limit of the unclipped ratio (two-sided clipping); null for none. @default null */
  readonly delta?: number | null
  /** Weight of the divergence from the reference policy. @default 0 */
  readonly beta?: number
}

export interface GrpoTerms extends TokenGrid {
  /** `[rows, columns]` log-probabilities under the policy; read where `mask` is 1 only, like the next two. */
  readonly logps: Float32Array
  /** Under the policy that made the rollouts. @default logps (on-policy) */
  readonly oldLogps?: Float32Array
  /** Under the reference policy; needed if beta is not 0. */
  readonly refLogps?: Float32Array
  /** `[rows, columns]` 1 where the loss counts. */
  readonly mask: Uint8Array
  /** `[rows]` */
  readonly advantages: Float32Array
}

export interface GrpoMetrics {
  /** Mean over the masked tokens of the divergence from the reference policy; null without beta. */
  readonly kl: number | null
  /** Share of the masked tokens whose ratio was clipped from below (negative advantage), from above (positive), or either. */
  readonly clipRatioLow: number
  readonly clipRatioHigh: number
  readonly clipRatioRegion: number
}

export interface GrpoLoss extends GrpoMetrics {
  readonly loss: number
}

/** What one masked token counts, by the tokens masked in its row, in the batch, and the rows there are. */
const weightOfToken = {
  grpo: ({ inRow, rows }) => 1 / (rows * inRow),
  bnpo: ({ inBatch }) => 1 / inBatch,
  dr_grpo: ({ rows, maxCompletionLength }) => 1 / (rows * maxCompletionLength),
} satisfies Record<GrpoLossType, (counts: { inRow: number; inBatch: number; rows: number; maxCompletionLength: number }) => number>

/** Weights `[rows, columns]` with which loss = sum(weight * per-token loss); 0 outside the mask. */
export function tokenWeights(mask: Uint8Array, { rows, columns }: TokenGrid, { lossType, maxCompletionLength }: WeightOptions): Float32Array {
  requireSize('mask', mask.length, rows * columns)
  const weights = new Float32Array(rows * columns)
  const inBatch = countOnes(mask)
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns]
    const inRow = countOnes(mask.subarray(start, end))
    const weight = weightOfToken[lossType]({ inRow, inBatch, rows, maxCompletionLength })
    for (let at = start; at < end; at++) if (mask[at] === 1) weights[at] = weight
  }
  return weights
}

/** The loss and its metrics, summed in float64. A batch without any masked token has loss 0 and metrics 0. */
export function grpoLoss(terms: GrpoTerms, options: WeightOptions & ClipOptions): GrpoLoss {
  const { rows, columns, mask, advantages } = terms
  const { beta = 0 } = options
  requireSize('logps', terms.logps.length, rows * columns)
  requireSize('advantages', advantages.length, rows)
  const weights = tokenWeights(mask, terms, options)
  const sums = { loss: 0, kl: 0, low: 0, high: 0 }
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] !== 1) continue
    const token = tokenTerms(terms, at, advantages[Math.floor(at / columns)]!, options)
    sums.loss += weights[at]! * token.loss
    sums.kl += token.kl
    sums.low += token.isLowClipped ? 1 : 0
    sums.high += token.isHighClipped ? 1 : 0
  }
  const count = Math.max(1, countOnes(mask))
  return {
    loss: sums.loss,
    kl: beta === 0 ? null : sums.kl / count,
    clipRatioLow: sums.low / count,
    clipRatioHigh: sums.high / count,
    clipRatioRegion: (sums.low + sums.high) / count,
  }
}

interface TokenTerms {
  readonly loss: number
  readonly kl: number
  readonly isLowClipped: boolean
  readonly isHighClipped: boolean
}

function tokenTerms(
  { logps, oldLogps = logps, refLogps }: GrpoTerms,
  at: number,
  advantage: number,
  { epsilonLow = 0.2, epsilonHigh = epsilonLow, delta = null, beta = 0 }: ClipOptions,
): TokenTerms {
  const freeRatio = Math.exp(logps[at]! - oldLogps[at]!)
  const ratio = delta === null ? freeRatio : Math.min(freeRatio, delta)
  const clippedRatio = Math.min(Math.max(freeRatio, 1 - epsilonLow), 1 + epsilonHigh)
  const kl = beta === 0 ? 0 : divergence(logps[at]!, requireReference(refLogps)[at]!)
  return {
    loss: -Math.min(ratio * advantage, clippedRatio * advantage) + beta * kl,
    kl,
    isLowClipped: ratio < 1 - epsilonLow && advantage < 0,
    isHighClipped: ratio > 1 + epsilonHigh && advantage > 0,
  }
}

/** Schulman's k3 estimate of KL(policy || reference) at one token; never negative. */
function divergence(logp: number, refLogp: number): number {
  const difference = refLogp - logp
  return Math.exp(difference) - difference - 1
}

function requireReference(refLogps: Float32Array | undefined): Float32Array {
  if (refLogps === undefined) throw new Error('internal: beta is not 0, and there are no log-probabilities of a reference policy')
  return refLogps
}

function countOnes(mask: Uint8Array): number {
  let count = 0
  for (const value of mask) count += value
  return count
}

function requireSize(name: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`internal: ${name} has ${found} values, expected ${expected}`)
}
