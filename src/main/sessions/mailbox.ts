/** @file A queue between one speaker and one listener, read as an async iterable. It does not know what it carries. */
export class Mailbox<Message> {
  readonly #messages: Message[] = []
  readonly #capacity: number
  #wake: (() => void) | null = null
  #isClosed = false

  /** @param options.capacity Messages that wait at most; beyond it the oldest give way. @default Infinity */
  constructor({ capacity = Infinity }: { capacity?: number } = {}) {
    this.#capacity = capacity
  }

  /** A closed mailbox takes nothing more. */
  post(message: Message): void {
    if (this.#isClosed) return
    this.#messages.push(message)
    if (this.#messages.length > this.#capacity) this.#messages.shift()
    this.#wake?.()
  }

  /** The listener still receives what was posted before. */
  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  /** Until it is closed; `signal` closes it, also where it had aborted before. */
  async *read({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<Message, void, undefined> {
    const close = (): void => this.close()
    signal?.addEventListener('abort', close, { once: true })
    if (signal?.aborted === true) close()
    try {
      for (;;) {
        while (this.#messages.length > 0) yield this.#messages.shift() as Message // length was just checked
        if (this.#isClosed) return
        await new Promise<void>((resolve) => (this.#wake = resolve))
        this.#wake = null
      }
    } finally {
      signal?.removeEventListener('abort', close)
    }
  }
}
