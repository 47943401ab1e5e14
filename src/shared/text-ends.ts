/** @file The two ends of a generated text that lists show. Characters are code points, so that neither end is half of one. */

export const PREVIEW_LENGTH = 200
export const ENDING_LENGTH = 100

export function previewOf(text: string): string {
  return text.length <= PREVIEW_LENGTH ? text : [...text].slice(0, PREVIEW_LENGTH).join('')
}

export function endingOf(text: string): string {
  return text.length <= ENDING_LENGTH ? text : [...text].slice(-ENDING_LENGTH).join('')
}
