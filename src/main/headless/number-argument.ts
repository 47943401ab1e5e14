/** @file Numbers among the arguments, with their range in the refusal. It does not know which option they belong to. */
import { UsageError } from './usage-error.ts'

/** `above` is itself too small. */
type Range = ({ readonly min: number; readonly above?: never } | { readonly above: number; readonly min?: never }) & { readonly max?: number }

export function integerArgument(range: Range): (text: string) => number {
  return (text) => {
    const value = readNumber(text)
    if (!Number.isSafeInteger(value) || !isWithin(value, range)) throw new UsageError(`expected a whole number ${describeRange(range)}`)
    return value
  }
}

export function numberArgument(range: Range): (text: string) => number {
  return (text) => {
    const value = readNumber(text)
    if (!Number.isFinite(value) || !isWithin(value, range)) throw new UsageError(`expected a number ${describeRange(range)}`)
    return value
  }
}

/** Number('') is 0, which nobody meant. */
function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function isWithin(value: number, { min = -Infinity, above = -Infinity, max = Infinity }: Range): boolean {
  return value >= min && value > above && value <= max
}

function describeRange({ min, above, max }: Range): string {
  const from = above === undefined ? `of at least ${min}` : `above ${above}`
  if (max === undefined) return from
  return above === undefined ? `from ${min} to ${max}` : `${from} and at most ${max}`
}
