/** @file The text each token adds, token by token, rewindable. Does not know which tokens end a completion. */
import type { Tokenizer } from './tokenizer.ts'

/** What the decoder writes for bytes that are not (yet) a character. */
const REPLACEMENT_CHARACTER = '\ufffd'

interface Step {
  readonly tokenId: number
  readonly piece: string
  /** First token of the window that the next token is decoded with, and how much of that window's text has been given out. */
  readonly windowStart: number
  readonly givenOut: number
}

/**
 * Detokenises a growing sequence. The pieces joined equal the whole sequence decoded with special tokens kept, except for a
 * character whose last bytes are still to come: its tokens have the piece '' and the token that completes it carries it.
 *
 * Spaces before punctuation stay even where tokenizer_config.json wants them cleaned up: text already shown cannot be taken back.
 */
export class StreamedText {
  readonly #tokenizer: Tokenizer
  #steps: Step[] = []

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer
  }

  get length(): number {
    return this.#steps.length
  }

  /** All pieces joined. */
  get text(): string {
    return this.#steps.map((step) => step.piece).join('')
  }

  /** Appends a token and returns its piece. Decodes only the token, one before it, and what waits for its last bytes. */
  push(tokenId: number): string {
    const { windowStart, givenOut } = this.#steps.at(-1) ?? { windowStart: 0, givenOut: 0 }
    const window = [...this.#steps.slice(windowStart).map((step) => step.tokenId), tokenId]
    const windowText = this.#decode(window)
    // Asking decodes the window once more, and what ends whole need not be asked about.
    const isWaiting = windowText.endsWith(REPLACEMENT_CHARACTER) && this.#tokenizer.endsInsideCharacter(window)
    // An unfinished character shows as one replacement character.
    const finished = isWaiting ? windowText.slice(0, -1) : windowText
    const piece = finished.slice(givenOut)
    // Decoders that treat the first token differently (Metaspace) need one token with text before the next.
    const alone = isWaiting ? '' : this.#decode([tokenId])
    const next = alone === '' ? { windowStart, givenOut: finished.length } : { windowStart: this.length, givenOut: alone.length }
    this.#steps.push({ tokenId, piece, ...next })
    return piece
  }

  /** Forgets all but the first `length` tokens. */
  truncate(length: number): void {
    if (length < 0 || length > this.length) throw new RangeError(`internal: truncate to ${length} of ${this.length} tokens`)
    this.#steps.length = length
  }

  /** An independent copy at the same place. */
  fork(): StreamedText {
    const copy = new StreamedText(this.#tokenizer)
    copy.#steps = this.#steps.slice()
    return copy
  }

  #decode(ids: readonly number[]): string {
    return this.#tokenizer.decode(ids, { cleanUpTokenizationSpaces: false })
  }
}
