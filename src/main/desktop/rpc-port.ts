/** @file Gives each page that asks one MessagePort served by the router; it does not know any procedure. */
import { RPCHandler } from '@orpc/server/message-port'
import { ipcMain, MessageChannelMain } from 'electron'
import { jsonSerializers } from '../../shared/serializers.ts'
import type { App } from '../server/index.ts'
import { APP_ORIGIN } from './app-protocol.ts'
import { PORT_GIVEN, PORT_WANTED } from './port-channels.ts'

/** Serves `app` to the app's own pages; must run before the window loads. */
export function serveRpcPorts(app: Pick<App, 'router' | 'context'>): void {
  const handler = new RPCHandler(app.router, { customJsonSerializers: jsonSerializers })
  ipcMain.on(PORT_WANTED, (event) => {
    const frame = event.senderFrame
    // Null when the frame is gone already; a frame inside the page or a foreign page gets nothing.
    if (frame === null || frame.parent !== null || frame.origin !== APP_ORIGIN) return
    const { port1, port2 } = new MessageChannelMain()
    handler.upgrade(port1, { context: app.context })
    port1.start()
    frame.postMessage(PORT_GIVEN, null, [port2])
  })
}
