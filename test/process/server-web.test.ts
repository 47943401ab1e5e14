/** @file The web server as browsers and attackers meet it: token, Host, Origin, paths, sizes, and the contract over a WebSocket. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, startWebServer, type App, type WebServer } from '../../src/main/server/index.ts'
import type { Contract } from '../../src/shared/contract/index.ts'
import type { EngineStatus } from '../../src/shared/domain/engine-status.ts'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'
import type { SessionEvent } from '../../src/shared/domain/session.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import { jsonSerializers } from '../../src/shared/serializers.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let dir: string
let app: App
let server: WebServer

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memgen-server-'))
  const rendererDir = join(dir, 'renderer')
  await mkdir(join(rendererDir, 'assets'), { recursive: true })
  await mkdir(join(dir, 'resources'))
  await writeFile(join(rendererDir, 'index.html'), '<!doctype html><title>MemGen</title>')
  await writeFile(join(rendererDir, 'assets', 'app.js'), 'export {}')
  await writeFile(join(dir, 'secret.json'), '{}')
  await symlink(join(dir, 'secret.json'), join(rendererDir, 'assets', 'link.json'))
  app = await createApp({ dataDir: join(dir, 'data'), resourcesDir: join(dir, 'resources'), shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
  server = await startWebServer(app, { rendererDir })
})

afterAll(async () => {
  await server.close()
  await app.dispose()
  await rm(dir, { recursive: true })
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A request as raw as needed: fetch would normalise paths and refuse to set Host. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    sent.on('error', reject).end()
  })
}

const withToken = (): Record<string, string> => ({ authorization: `Bearer ${server.token}` })

function connect(headers: Record<string, string>, path = '/rpc'): Promise<number | 'open'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
    socket.on('open', () => {
      socket.close()
      resolve('open')
    })
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => undefined) // follows unexpected-response
  })
}

function connectClient(): { client: ContractRouterClient<Contract>; close: () => void } {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { headers: withToken() })
  // ws speaks the browser's interface; its types differ in details oRPC does not use.
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket, customJsonSerializers: jsonSerializers })
  return { client: createORPCClient(link), close: () => socket.close() }
}

test('the printed address sets the cookie and leaves the token out of the address bar', async () => {
  const first = await get(`/?token=${server.token}`)
  expect(first.status).toBe(303)
  expect(first.headers.location).toBe('/')
  const cookie = first.headers['set-cookie']?.[0] ?? ''
  expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/)
  const page = await get('/', { cookie: cookie.split(';')[0] ?? '' })
  expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>MemGen</title>' })
})

test('without the token, or with a wrong one, nothing is served', async () => {
  for (const [path, headers] of [
    ['/', {}],
    ['/?token=wrong', {}],
    ['/assets/app.js', { authorization: 'Bearer wrong' }],
    ['/assets/app.js', { cookie: `memgen_token_${server.port}=wrong` }],
  ] as const) {
    expect((await get(path, headers)).status).toBe(401)
  }
})

test('every answer forbids foreign scripts, framing and sniffing', async () => {
  for (const answer of [await get('/', withToken()), await get('/'), await get('/missing.js', withToken())]) {
    expect(answer.headers['content-security-policy']).toContain("script-src 'self';")
    expect(answer.headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/)
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
  }
})

test('a request under another host name is refused even with the token', async () => {
  expect((await get('/', { ...withToken(), host: `rebound.example:${server.port}` })).status).toBe(403)
  expect((await get('/', { ...withToken(), host: '127.0.0.1:1' })).status).toBe(403)
  expect((await get('/', { ...withToken(), host: `localhost:${server.port}` })).status).toBe(200)
})

test('a request or a WebSocket from the page of another origin is refused even with the token', async () => {
  expect((await get('/', { ...withToken(), origin: 'https://evil.example' })).status).toBe(403)
  expect(await connect({ ...withToken(), origin: 'https://evil.example' })).toBe(403)
  expect(await connect({ ...withToken(), origin: `http://127.0.0.1:${server.port}` })).toBe('open')
})

test('a WebSocket needs the token and the right path', async () => {
  expect(await connect({})).toBe(401)
  expect(await connect({ cookie: `memgen_token_${server.port}=wrong` })).toBe(401)
  expect(await connect({ cookie: `other=1; memgen_token_${server.port}=${server.token}` })).toBe('open')
  expect(await connect(withToken(), '/elsewhere')).toBe(404)
  expect(await connect(withToken(), '//')).toBe(404)
})

test('paths and links that leave the folder, and kinds of files that are not ours, are not found', async () => {
  for (const path of ['/../secret.json', '/%2e%2e/secret.json', '/assets/..%2f..%2f..%2fsecret.json', '/assets/link.json', '/..%5csecret.json', '/%00.js', '/%E0%A4%A.js', '/assets/app.ts']) {
    expect([path, (await get(path, withToken())).status]).toEqual([path, 404])
  }
})

test('a route of the app gets its page, and only GET and HEAD are answered', async () => {
  expect((await get('/debugger/abc', withToken())).body).toContain('MemGen')
  expect((await get('/', withToken(), 'HEAD')).body).toBe('')
  expect((await get('/', withToken(), 'POST')).status).toBe(405)
})

test('a message over the limit closes that connection only', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { headers: withToken() })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  socket.on('error', () => undefined) // the reset that may follow the close
  await new Promise((resolve) => socket.on('open', resolve))
  socket.send(Buffer.alloc(9 * 1024 * 1024))
  expect(await closed).toBe(1009)
  expect((await get('/', withToken())).status).toBe(200)
})

test('the contract is served: a session is opened, run, heard with its latents, and read back from the log', async () => {
  const model = await app.context.modelLibrary.add({ name: 'Tiny', location: { reasonerDir: '/models/tiny' } })
  const { client, close } = connectClient()
  expect((await client.models.list()).map(({ id }) => id)).toContain(model.id)
  const config = runConfigSchema.parse({ maxNewTokens: 5 })
  const { header, state } = await client.sessions.open({ modelId: model.id, prompt: { kind: 'text', text: 'hello' }, config })
  expect(state).toMatchObject({ kind: 'paused', pending: null })
  const events = await client.sessions.events({ traceId: header.id })
  await client.sessions.advance({ traceId: header.id, until: 'end' })
  const heard: SessionEvent[] = []
  for await (const event of events) heard.push(event)
  expect(heard.flatMap((event) => (event.kind === 'step' ? event.step.index : []))).toEqual([0, 1, 2, 3, 4])
  const woven = heard.flatMap((event) => (event.kind === 'step' && event.weave !== null ? event.weave : []))
  expect(woven.map(({ latents }) => latents.data)).toEqual([Float32Array.from({ length: 8 }, (_, i) => i), Float32Array.from({ length: 8 }, (_, i) => i + 3)])
  const { trace, state: recorded } = await client.log.trace({ traceId: header.id })
  expect(recorded).toEqual({ kind: 'finished', finish: 'length' })
  expect(trace.steps).toEqual(heard.flatMap((event) => (event.kind === 'step' ? event.step : [])))
  expect(await client.log.traces({})).toMatchObject({ total: 1 })
  close()
})

test('failures cross as declared codes with their data', async () => {
  const missing = await app.context.modelLibrary.add({ name: 'Missing', location: { reasonerDir: '/models/missing' } })
  const { client, close } = connectClient()
  const failureOf = async (call: Promise<unknown>): Promise<unknown> => {
    const error: unknown = await call.catch((reason: unknown) => reason)
    return error instanceof ORPCError ? { code: error.code as unknown, defined: error.defined, data: error.data as unknown } : error
  }
  const prompt = { kind: 'text', text: 'x' } as const
  const config = runConfigSchema.parse({})
  expect(await failureOf(client.sessions.open({ modelId: missing.id, prompt, config }))).toEqual({
    code: 'CHECKPOINT_INVALID',
    defined: true,
    data: { path: '/models/missing', tensorName: null, field: null },
  })
  expect(await failureOf(client.sessions.open({ modelId: 'none', prompt, config }))).toMatchObject({ code: 'MODEL_NOT_FOUND', defined: true })
  expect(await failureOf(client.sessions.events({ traceId: 'none' }))).toMatchObject({ code: 'TRACE_NOT_FOUND', defined: true, data: { traceId: 'none' } })
  close()
})

test('a folder that cannot be read is not added, and the failure names the file that is missing', async () => {
  const { client, close } = connectClient()
  const failure: unknown = await client.models.add({ name: 'x', location: { reasonerDir: '/models/unreadable' } }).catch((reason: unknown) => reason)
  expect(failure).toMatchObject({
    code: 'CHECKPOINT_INVALID',
    message: '/models/unreadable/config.json: cannot be opened',
    data: { path: '/models/unreadable/config.json', tensorName: null, field: null },
  })
  close()
})

test('the engine status is told at once and again when it changes', async () => {
  const { client, close } = connectClient()
  await app.context.engine.call('unload', { modelId: 'none' as ModelId }) // it is ready now
  const statuses = await client.system.engineStatus()
  const first = (await statuses.next()).value as EngineStatus
  if (first.kind !== 'ready') throw new Error('the engine should be ready')
  process.kill(first.pid, 'SIGKILL')
  expect((await statuses.next()).value).toMatchObject({ kind: 'lost', signal: 'SIGKILL' })
  expect((await statuses.next()).value).toEqual({ kind: 'starting' })
  expect((await statuses.next()).value).toMatchObject({ kind: 'ready' })
  close()
})

test('an address that cannot be listened on is named with the reason', async () => {
  const rendererDir = join(dir, 'renderer')
  await expect(startWebServer(app, { rendererDir, port: server.port })).rejects.toThrow(`port ${server.port} of 127.0.0.1 is taken by another program`)
  // An address of documentation (RFC 5737), so of no machine.
  await expect(startWebServer(app, { rendererDir, host: '192.0.2.1' })).rejects.toThrow('192.0.2.1 is not an address of this machine')
})
