/** @file A question in a model's words as a query of SQLite's FTS5. It does not know what is searched. */

/** More words add little to what is found, and FTS5 refuses expressions deeper than 256. */
const maxTerms = 64

/** Words that are in nearly every English passage: they cost the most and say the least. */
const stopWords = new Set('a an and are as at be but by for from had has have he her his in into is it its not of on or she such that the their then there these they this to was were will with'.split(' '))

/** Passages with any of the words, each in quotes so that none of them is FTS5's syntax; null where the text has no word. */
export function matchExpression(text: string): string | null {
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu))
  const telling = [...words].filter((word) => !stopWords.has(word))
  const terms = (telling.length > 0 ? telling : [...words]).slice(0, maxTerms)
  return terms.length === 0 ? null : terms.map((term) => `"${term}"`).join(' OR ')
}
