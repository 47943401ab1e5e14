/** @file Keeps an event stream of the host running across lost connections. It does not know what the events mean. */
import { ORPCError } from '@orpc/client'

/** Between two attempts, so that a host that ends streams at once is not asked in a tight loop. */
const RETRY_DELAY_MS = 500

export interface SubscriptionOptions<Event> {
  signal: AbortSignal
  onEvent: (event: Event) => void
  /** An answer of the host that asking again would not change. */
  onRefused: (error: unknown) => void
  /** @default waits RETRY_DELAY_MS */
  wait?: () => Promise<void>
}

/** Calls `open` again after each interruption until the stream ends by itself, is refused or `signal` aborts. */
export async function subscribe<Event>(open: (signal: AbortSignal) => Promise<AsyncIterable<Event>>, options: SubscriptionOptions<Event>): Promise<void> {
  const { signal, onEvent, onRefused } = options
  const wait = options.wait ?? (() => new Promise((resolve) => void setTimeout(resolve, RETRY_DELAY_MS)))
  while (!signal.aborted) {
    try {
      for await (const event of await open(signal)) {
        if (signal.aborted) return
        onEvent(event)
      }
      return
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ORPCError) return onRefused(error)
    }
    await wait()
  }
}
