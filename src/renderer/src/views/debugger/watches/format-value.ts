/** @file A recorded number as watches write it. */
import { formatNumber } from '../../../charts/format.ts'

/** A whole number is a count, a rank or an id: it has no decimals. */
export function formatValue(number: number): string {
  return Number.isInteger(number) && Math.abs(number) < 1e9 ? String(number) : formatNumber(number)
}
