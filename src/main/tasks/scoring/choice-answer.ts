/** @file The letter that a text chooses. It does not know which one is right. */
import { lastBox } from '../rewards/boxed-answer.ts'

/**
 * The letter inside the last `\boxed{…}`, or where nothing is boxed the last letter that stands alone; null where there is none.
 * An English "A" that begins a sentence counts as a letter: prompts should ask for a box.
 * @param letters those there are, such as `ABCD`
 */
export function choiceAnswer(text: string, letters: string): string | null {
  const alone = new RegExp(`(?<![\\p{L}\\p{N}])[${letters}](?![\\p{L}\\p{N}'’])`, 'giu')
  const boxed = lastBox(text)
  // In a box the letter may be followed by its option: `C. because A`.
  if (boxed !== null) return alone.exec(boxed.replaceAll(/\\[a-z]+/g, ' '))?.[0].toUpperCase() ?? null
  // Outside only capitals count: an English "a" stands alone everywhere.
  return text.match(new RegExp(alone.source, 'gu'))?.at(-1) ?? null
}
