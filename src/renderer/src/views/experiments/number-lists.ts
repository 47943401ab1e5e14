/** @file Lists of whole numbers as people type them. */

/** A range would otherwise be typed by mistake: "1-1000000". */
const MOST_NUMBERS = 1000

/** "42, 1-3" as [42, 1, 2, 3], each once; null where anything else is in it. */
export function parseNumbers(text: string): number[] | null {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '')
  const ranges = parts.map((part) => /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part))
  const numbers = new Set<number>()
  for (const range of ranges) {
    if (range === null) return null
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])]
    if (last < first || last - first >= MOST_NUMBERS) return null
    for (let number = first; number <= last; number++) numbers.add(number)
  }
  return [...numbers]
}

/** As `parseNumbers` reads it back. */
export function printNumbers(numbers: readonly number[]): string {
  return numbers.join(', ')
}
