/** @file Options of a question with their letters. It does not know where they come from or who chooses. */

/** `A` for 0; there are letters for 26. */
export function optionLetter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index)
}

export const maxOptions = 26

/** One line for each: `A. text`, every one with its line break. */
export function listOptions(options: readonly string[]): string {
  return options.map((option, index) => `${optionLetter(index)}. ${option}\n`).join('')
}
