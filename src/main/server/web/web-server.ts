/**
 * @file The app over HTTP: the built renderer, and the router over a WebSocket at /rpc, for one user with a token. It does
 * not know any procedure.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocketServer } from 'ws'
import { jsonSerializers } from '../../../shared/serializers.ts'
import type { App } from '../app.ts'
import { bracketed, hasToken, isHostAllowed, isOriginAllowed, isSameToken, tokenCookieName } from './access.ts'
import { securityHeaders } from './security-headers.ts'
import { readStaticFile } from './static-files.ts'

export interface WebServerOptions {
  /** The built renderer. */
  rendererDir: string
  /** @default '127.0.0.1' */
  host?: string
  /** 0 takes a free one. @default 0 */
  port?: number
  /** @default random for this start */
  token?: string
}

export interface WebServer {
  /** With the token: whoever opens it gets the cookie. */
  url: string
  port: number
  token: string
  close(): Promise<void>
}

const RPC_PATH = '/rpc'
/** A long conversation with its system prompt; nothing else of size goes this way. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
/** Random enough that guessing is hopeless, short enough for a line of a terminal. */
const TOKEN_BYTES = 24

/**
 * For whoever will serve it, before anything is started for it.
 * @throws Error that names the page and says how it is built
 */
export function assertBuiltPage(rendererDir: string): void {
  const page = join(rendererDir, 'index.html')
  if (!existsSync(page)) throw new Error(`${page} is missing: run \`npm run build\` first`)
}

/** @throws Error that says so when the port is taken or not allowed, or the host is not one of this machine */
export async function startWebServer(app: Pick<App, 'router' | 'context'>, options: WebServerOptions): Promise<WebServer> {
  const { rendererDir, host = '127.0.0.1', token = randomBytes(TOKEN_BYTES).toString('base64url') } = options
  const server = createServer()
  const port = await listen(server, host, options.port ?? 0).catch((error: unknown) => {
    throw explainListening(error, host, options.port ?? 0)
  })
  const gate: Gate = { host, port, token }

  server.on('request', (request, response) => {
    answer(request, response, gate, rendererDir).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      refuse(response, 500, 'The server failed; its terminal says how.')
    })
  })
  const sockets = serveRpc(server, app, gate)

  return {
    url: `http://${bracketed(host)}:${port}/?token=${token}`,
    port,
    token,
    close: () => close(server, sockets),
  }
}

interface Gate {
  host: string
  port: number
  token: string
}

async function answer(request: IncomingMessage, response: ServerResponse, gate: Gate, rendererDir: string): Promise<void> {
  if (!isHostAllowed(request.headers.host, gate) || !isOriginAllowed(request.headers)) return refuse(response, 403, 'This server answers its own pages only.')
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET.')
  const host = request.headers.host ?? ''
  const url = URL.parse(request.url ?? '/', `http://${host}`)
  if (url === null) return refuse(response, 400, 'No such address.')
  const headers = securityHeaders(host)

  const givenToken = url.searchParams.get('token')
  if (givenToken !== null && isSameToken(givenToken, gate.token)) {
    url.searchParams.delete('token') // out of the address bar and the history
    const cookie = `${tokenCookieName(gate.port)}=${gate.token}; Path=/; HttpOnly; SameSite=Strict`
    // Never a path that begins with two slashes: it would name another server.
    response.writeHead(303, { ...headers, location: `${url.pathname.replace(/^\/+/, '/')}${url.search}`, 'set-cookie': cookie }).end()
    return
  }
  if (!hasToken(request.headers, gate.token, gate.port)) return refuse(response, 401, 'Open the address that `memgen serve` printed: it carries the token.')

  const file = await readStaticFile(rendererDir, url.pathname)
  if (file === null) return refuse(response, 404, 'Not found.')
  response.writeHead(200, { ...headers, 'content-type': file.contentType, 'content-length': file.content.byteLength })
  response.end(request.method === 'HEAD' ? undefined : file.content)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { ...securityHeaders('localhost'), 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${message}\n`)
}

function serveRpc(server: Server, app: Pick<App, 'router' | 'context'>, gate: Gate): WebSocketServer {
  const handler = new RPCHandler(app.router, { customJsonSerializers: jsonSerializers })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    const refusal = findUpgradeRefusal(request, gate)
    if (refusal !== null) return refuseUpgrade(socket, refusal)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // A message over the limit or a broken frame: ws closes that connection, and its page connects again.
      webSocket.on('error', (error) => process.stderr.write(`a page's connection failed: ${error.message}\n`))
      void handler.upgrade(webSocket, { context: app.context })
    })
  })
  return sockets
}

function findUpgradeRefusal({ headers, url }: IncomingMessage, gate: Gate): string | null {
  if (!isHostAllowed(headers.host, gate) || !isOriginAllowed(headers)) return '403 Forbidden'
  if (URL.parse(url ?? '/', 'http://localhost')?.pathname !== RPC_PATH) return '404 Not Found'
  return hasToken(headers, gate.token, gate.port) ? null : '401 Unauthorized'
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve((server.address() as AddressInfo).port) // a TCP server's address is never a string
    })
  })
}

/** What the system says of an address is a code and a call's name. */
function explainListening(cause: unknown, host: string, port: number): unknown {
  const reasons: Partial<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is taken by another program; choose another, or 0 for a free one`,
    EACCES: `port ${port} may not be used by this user; choose one from 1024 on, or 0 for a free one`,
    EADDRNOTAVAIL: `${host} is not an address of this machine`,
    ENOTFOUND: `${host} is not an address of this machine: no such name is known`,
    EAI_AGAIN: `${host} is not an address of this machine: no such name is known`,
  }
  const reason = cause instanceof Error && 'code' in cause ? reasons[String(cause.code)] : undefined
  return reason === undefined ? cause : new Error(reason, { cause })
}

async function close(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
