/** @file The typed client of the host's contract over whichever transport this page has. It does not know the views. */
import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'
import { connectMessagePort } from './message-port-transport.ts'
import type { Transport } from './transport.ts'
import { connectWebSocket, rpcUrl } from './websocket-transport.ts'

export type Client = ContractRouterClient<Contract>

/** Served pages have a server beside them; the desktop shell's pages (`file:` or a scheme of its own) have a port. */
export function connectTransport(page: Window): Transport {
  return /^https?:$/.test(page.location.protocol) && !isElectron(page.navigator) ? connectWebSocket(rpcUrl(page.location)) : connectMessagePort(page)
}

/** Calls wait while there is no connection; `signal` ends the wait. */
export function createClient(transport: Transport): Client {
  return createORPCClient<Client>({
    call: async (path, input, options) => (await transport.link(options.signal)).call(path, input, options),
  })
}

/** While developing, the shell shows the dev server's page: it too gets a port. */
function isElectron(navigator: Navigator): boolean {
  return navigator.userAgent.includes(' Electron/')
}
