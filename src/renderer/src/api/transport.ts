/** @file What the app asks of a transport: a link to call over, and how the connection fares. It does not know which transport it is. */
import type { ClientContext, ClientLink } from '@orpc/client'

export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'connected' }
  /** `attempt` counts from 1 since the connection was lost. */
  | { kind: 'reconnecting'; attempt: number }

export type RpcLink = ClientLink<ClientContext>

export interface Transport {
  /** Resolves as soon as there is a connection; rejects only when `signal` aborts. */
  link(signal?: AbortSignal): Promise<RpcLink>
  /** Called at once with the present state, then at each change. */
  watch(listener: (state: ConnectionState) => void): void
}

/** The link of the moment, for whoever waits for it; both transports keep theirs here. */
export function createLinkSlot(): { set(link: RpcLink | null, state: ConnectionState): void; transport: Transport } {
  let current: RpcLink | null = null
  let state: ConnectionState = { kind: 'connecting' }
  const waiting = new Set<(link: RpcLink) => void>()
  const listeners = new Set<(state: ConnectionState) => void>()

  return {
    set(link, newState) {
      current = link
      state = newState
      for (const listener of listeners) listener(state)
      if (link === null) return
      for (const resolve of waiting) resolve(link)
      waiting.clear()
    },
    transport: {
      link(signal) {
        if (current !== null) return Promise.resolve(current)
        return new Promise((resolve, reject) => {
          if (signal?.aborted === true) return reject(signal.reason as Error)
          waiting.add(resolve)
          signal?.addEventListener('abort', () => {
            waiting.delete(resolve)
            reject(signal.reason as Error)
          }, { once: true })
        })
      },
      watch(listener) {
        listeners.add(listener)
        listener(state)
      },
    },
  }
}
