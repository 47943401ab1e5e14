/** @file What holding weights in fewer bits costs in accuracy, as measured, in the words the panel shows. It does not know how that was measured. */
import type { Precision } from '../../../../shared/domain/model.ts'
import type { QuantizationCost } from '../../../../shared/quantization-cost/quantization-cost.ts'
import { formatPercent } from '../../charts/format.ts'

export interface CostRange {
  /** Of the perplexity over that in float32. */
  readonly perplexity: string
  /** Of the tokens that come before the first difference. */
  readonly agreement: string
}

/** From the least to the most over all models measured; null where none was, as for f32, which costs nothing. */
export function costRange(costs: readonly QuantizationCost[], precision: Precision): CostRange | null {
  const measured = costs.filter((cost) => cost.precision === precision)
  if (measured.length === 0) return null
  return {
    perplexity: `×${range(measured.map(({ perplexity }) => perplexity.quantized / perplexity.f32), (ratio) => ratio.toFixed(3))}`,
    // Rounded down, so that only all of them are 100 %.
    agreement: `${range(measured.map(({ agreement }) => agreement.beforeDivergence), (rate) => String(Math.floor(rate * 100)))} %`,
  }
}

export interface CostLine {
  readonly subject: string
  readonly precision: Precision
  readonly perplexity: string
  readonly agreement: string
  readonly identical: string
  readonly decisions: string
  readonly solved: string
}

export function costLines(costs: readonly QuantizationCost[]): CostLine[] {
  return costs.map(({ subject, precision, perplexity, agreement, decisions, solved }) => ({
    subject,
    precision,
    perplexity: `×${(perplexity.quantized / perplexity.f32).toFixed(3)}`,
    agreement: formatPercent(agreement.beforeDivergence),
    identical: `${Math.round(agreement.identical * agreement.completions)} of ${agreement.completions}`,
    decisions: decisions === null ? '–' : formatPercent(decisions.equal),
    solved: solved === null ? '–' : `${formatPercent(solved.quantized)} for ${formatPercent(solved.f32)}`,
  }))
}

function range(values: readonly number[], write: (value: number) => string): string {
  const [least, most] = [write(Math.min(...values)), write(Math.max(...values))]
  return least === most ? least : `${least}–${most}`
}
