/** @file A queue between one speaker and one listener, read as an async iterable. It does not know what it carries. */
export class Mailbox<Message> {
  readonly #messages: Message[] = []
  #wake: (() => void) | null = null
  #isClosed = false

  /** A closed mailbox takes nothing more. */
  post(message: Message): void {
    if (this.#isClosed) return
    this.#messages.push(message)
    this.#wake?.()
  }

  /** The listener still receives what was posted before. */
  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  async *read(): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      while (this.#messages.length > 0) yield this.#messages.shift() as Message // length was just checked
      if (this.#isClosed) return
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
  }
}
