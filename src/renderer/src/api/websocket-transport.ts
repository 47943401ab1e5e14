/** @file A WebSocket that comes back by itself; each connection gets a fresh link. It does not know what is called over it. */
import { RPCLink } from '@orpc/client/websocket'
import { jsonSerializers } from '../../../shared/serializers.ts'
import { createLinkSlot, type Transport } from './transport.ts'

/** Waits between attempts: quick at first, because a local server restarts in a moment, then calm. */
const RETRY_DELAYS_MS: readonly number[] = [250, 500, 1000, 2000, 5000]

export interface WebSocketTransportOptions {
  /** @default the browser's WebSocket */
  openSocket?: (url: string) => WebSocket
  /** @default window.setTimeout */
  schedule?: (run: () => void, delayMs: number) => void
}

export function retryDelayMs(attempt: number): number {
  return RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length) - 1] ?? 0
}

export function connectWebSocket(url: string, options: WebSocketTransportOptions = {}): Transport {
  const openSocket = options.openSocket ?? ((address) => new WebSocket(address))
  const schedule = options.schedule ?? ((run, delayMs) => void setTimeout(run, delayMs))
  const slot = createLinkSlot()
  let attempt = 0

  function connect(): void {
    const websocket = openSocket(url)
    // As blobs, messages would be read asynchronously and could overtake one another.
    websocket.binaryType = 'arraybuffer'
    // Before the link's own listener: its callers are rejected there, and whoever calls again must find no link.
    websocket.addEventListener('close', () => {
      attempt += 1
      slot.set(null, { kind: 'reconnecting', attempt })
      schedule(connect, retryDelayMs(attempt))
    })
    const link = new RPCLink({ websocket, customJsonSerializers: jsonSerializers })
    websocket.addEventListener('open', () => {
      attempt = 0
      slot.set(link, { kind: 'connected' })
    })
  }

  connect()
  return slot.transport
}

/** `/rpc` beside the page, with the page's query: the access token travels there. */
export function rpcUrl(location: Pick<Location, 'protocol' | 'host' | 'search'>): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/rpc${location.search}`
}
