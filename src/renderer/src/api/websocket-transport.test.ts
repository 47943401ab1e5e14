import { describe, expect, it } from 'vitest'
import { connectWebSocket, retryDelayMs, rpcUrl } from './websocket-transport.ts'
import type { ConnectionState } from './transport.ts'

class FakeSocket extends EventTarget {
  binaryType = 'blob'
  readyState = 0
  send(): void {}
}

describe('the WebSocket transport', () => {
  it('says when it is connected, and counts its attempts while it is not', () => {
    const sockets: FakeSocket[] = []
    const retries: (() => void)[] = []
    const states: ConnectionState[] = []
    const transport = connectWebSocket('ws://here/rpc', {
      openSocket: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket as unknown as WebSocket
      },
      schedule: (run) => retries.push(run),
    })
    transport.watch((state) => states.push(state))
    sockets[0]?.dispatchEvent(new Event('open'))
    sockets[0]?.dispatchEvent(new Event('close'))
    retries[0]?.()
    sockets[1]?.dispatchEvent(new Event('close'))
    retries[1]?.()
    sockets[2]?.dispatchEvent(new Event('open'))
    expect(states).toEqual([
      { kind: 'connecting' },
      { kind: 'connected' },
      { kind: 'reconnecting', attempt: 1 },
      { kind: 'reconnecting', attempt: 2 },
      { kind: 'connected' },
    ])
  })

  it('lets a caller wait for the next connection, and stop waiting', async () => {
    const sockets: FakeSocket[] = []
    const transport = connectWebSocket('ws://here/rpc', {
      openSocket: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket as unknown as WebSocket
      },
    })
    const impatience = new AbortController()
    const givenUp = transport.link(impatience.signal)
    impatience.abort(new Error('enough'))
    await expect(givenUp).rejects.toThrow('enough')
    const link = transport.link()
    sockets[0]?.dispatchEvent(new Event('open'))
    await expect(link).resolves.toBeDefined()
  })

  it('waits longer from attempt to attempt, up to a limit', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(retryDelayMs)).toEqual([250, 500, 1000, 2000, 5000, 5000, 5000])
  })

  it('finds the server beside the page and hands on its token', () => {
    expect(rpcUrl({ protocol: 'http:', host: '127.0.0.1:4173', search: '?token=abc' })).toBe('ws://127.0.0.1:4173/rpc?token=abc')
    expect(rpcUrl({ protocol: 'https:', host: 'lab.example', search: '' })).toBe('wss://lab.example/rpc')
  })
})
