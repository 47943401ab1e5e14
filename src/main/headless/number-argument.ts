/** @file Numbers among the arguments, with their range in the refusal. */
import { InvalidArgumentError } from 'commander'

interface Range {
  min?: number
  max?: number
}

export function integerArgument({ min = -Infinity, max = Infinity }: Range = {}): (text: string) => number {
  return (text) => {
    const value = readNumber(text)
    if (!Number.isSafeInteger(value) || value < min || value > max) throw new InvalidArgumentError(`Expected a whole number${describeRange({ min, max })}.`)
    return value
  }
}

export function numberArgument({ min = -Infinity, max = Infinity }: Range = {}): (text: string) => number {
  return (text) => {
    const value = readNumber(text)
    if (!Number.isFinite(value) || value < min || value > max) throw new InvalidArgumentError(`Expected a number${describeRange({ min, max })}.`)
    return value
  }
}

/** Number('') is 0, which nobody meant. */
function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function describeRange({ min, max }: Required<Range>): string {
  if (Number.isFinite(min) && Number.isFinite(max)) return ` from ${min} to ${max}`
  return Number.isFinite(min) ? ` of at least ${min}` : ''
}
