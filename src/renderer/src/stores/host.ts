/** @file Gives stores the host's client and connection; it does not know the transport. */
import { inject, shallowRef, type App, type InjectionKey, type ShallowRef } from 'vue'
import { createClient, type Client } from '../api/client.ts'
import type { ConnectionState, Transport } from '../api/transport.ts'

export interface Host {
  client: Client
  connection: Readonly<ShallowRef<ConnectionState>>
}

const hostKey: InjectionKey<Host> = Symbol('host')

export function createHost(transport: Transport): Host {
  const connection = shallowRef<ConnectionState>({ kind: 'connecting' })
  transport.watch((state) => {
    connection.value = state
  })
  return { client: createClient(transport), connection }
}

export function provideHost(app: App, host: Host): void {
  app.provide(hostKey, host)
}

export function useHost(): Host {
  const host = inject(hostKey)
  if (host === undefined) throw new Error('internal: no host was provided to the app')
  return host
}
