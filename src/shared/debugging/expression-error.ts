/** @file Why an expression cannot be used, and where in its source. It does not know the language. */

/** Half-open range of UTF-16 units in the source. */
export interface SourceRange {
  start: number
  end: number
}

/** The message names what was found and what was expected; `range` is the place. */
export class ExpressionError extends Error {
  readonly source: string
  readonly range: SourceRange

  constructor(message: string, source: string, range: SourceRange) {
    super(message)
    this.name = 'ExpressionError'
    this.source = source
    this.range = range
  }
}

/** Why the source cannot be used; null where it can. */
export function expressionError(source: string, compile: (source: string) => unknown): ExpressionError | null {
  try {
    compile(source)
    return null
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
}

export interface ErrorExplanation {
  message: string
  /** The line of the source that holds the place. */
  line: string
  /** Spaces and carets that stand under the place when both are set in one monospaced font. */
  caret: string
}

/** The place as two lines to read: the source, and carets under what is wrong (one at its end where something is missing). */
export function explainError({ message, source, range }: ExpressionError): ErrorExplanation {
  const lineStart = source.lastIndexOf('\n', range.start - 1) + 1
  const nextBreak = source.indexOf('\n', range.start)
  const lineEnd = nextBreak === -1 ? source.length : nextBreak
  const width = Math.max(1, Math.min(range.end, lineEnd) - range.start)
  return { message, line: source.slice(lineStart, lineEnd), caret: ' '.repeat(range.start - lineStart) + '^'.repeat(width) }
}
