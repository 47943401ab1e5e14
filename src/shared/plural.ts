/** @file A number with its noun, "1 run" and "2 runs". It knows only nouns that take an s. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
