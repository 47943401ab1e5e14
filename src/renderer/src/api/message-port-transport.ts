/** @file The MessagePort that the desktop shell's preload hands over; it does not know what is at the other end. */
import { RPCLink } from '@orpc/client/message-port'
import { jsonSerializers } from '../../../shared/serializers.ts'
import { createLinkSlot, type Transport } from './transport.ts'

/** Sent by the page when it can take a port. */
export const PORT_WANTED = 'memgen:port-wanted'
/** Comes with the port. */
export const PORT_MESSAGE = 'memgen:port'

/** Asks for a port. A later port (the shell made a new one) replaces the earlier. */
export function connectMessagePort(page: Window): Transport {
  const slot = createLinkSlot()
  page.addEventListener('message', (event) => {
    const port = event.ports[0]
    if (event.source !== page || event.data !== PORT_MESSAGE || port === undefined) return
    const link = new RPCLink({ port, customJsonSerializers: jsonSerializers })
    port.addEventListener('close', () => slot.set(null, { kind: 'reconnecting', attempt: 1 }))
    port.start()
    slot.set(link, { kind: 'connected' })
  })
  page.postMessage(PORT_WANTED, '*')
  return slot.transport
}
