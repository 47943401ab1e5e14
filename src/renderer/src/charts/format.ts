/** @file Numbers as the views write them. Rates and probabilities come in as 0 to 1. */
import { plural } from '../../../shared/plural.ts'

export { plural }

/** Two decimals; three where two would hide that it is neither 0 nor 1. */
export function formatProbability(probability: number): string {
  if (probability > 0 && probability < 0.0005) return '<0.001'
  if (probability < 1 && probability > 0.9995) return '>0.999'
  return probability < 0.01 || probability > 0.99 ? probability.toFixed(3) : probability.toFixed(2)
}

/** Never rounded to nothing, nor to everything. */
export function formatPercent(rate: number): string {
  if (rate > 0 && rate < 0.001) return '<0.1 %'
  return rate < 1 && rate > 0.9995 ? '>99.9 %' : `${(rate * 100).toFixed(1)} %`
}

/** Three significant digits, in exponent form from a million on and below 0.001. "0" is exactly zero, and nothing else reads as it. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e6 || magnitude < 1e-3) return value.toExponential(2)
  return magnitude >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const byteUnits: readonly string[] = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function formatBytes(sizeBytes: number): string {
  const power = sizeBytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log2(sizeBytes) / 10))
  const value = sizeBytes / 2 ** (10 * power)
  return `${power === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${byteUnits[power] ?? 'B'}`
}

const countUnits: readonly [number, string][] = [[1e9, ' B'], [1e6, ' M'], [1e3, ' k']]

/** 494 M parameters. */
export function formatCount(count: number): string {
  const unit = countUnits.find(([size]) => count >= size)
  return unit === undefined ? String(count) : `${(count / unit[0]).toPrecision(3)}${unit[1]}`
}

/** "3 latents ‖6.1‖" with their mean L2 norm. */
export function formatBlock(norms: readonly number[]): string {
  if (norms.length === 0) return 'block dropped'
  const mean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length
  return `${plural(norms.length, 'latent')} ‖${mean.toPrecision(3)}‖`
}

/** As few digits as tell it; never "0.000": no test finds a chance of nothing. */
export function formatPValue(pValue: number): string {
  if (pValue >= 0.9995) return '1'
  if (pValue >= 0.001) return pValue.toFixed(3)
  if (pValue === 0) return '<1e-300'
  return pValue >= 1e-4 ? pValue.toPrecision(1) : pValue.toExponential(0)
}

/** A difference of rates in points of percent with its sign: "+3.2", "−0.4". A true minus, so that columns align. */
export function formatPoints(difference: number): string {
  return formatSigned(difference * 100, 1)
}

/** With its sign; zero has none. */
export function formatSigned(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return text
  return `${value > 0 ? '+' : '−'}${text}`
}

const ageUnits: readonly [number, string][] = [[86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute']]

/** "3 minutes ago"; times are Unix milliseconds. */
export function formatAge(time: number, now: number): string {
  const elapsedMs = Math.max(0, now - time)
  const unit = ageUnits.find(([size]) => elapsedMs >= size)
  return unit === undefined ? 'just now' : `${plural(Math.floor(elapsedMs / unit[0]), unit[1])} ago`
}
