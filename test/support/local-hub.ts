/** @file A dataset repository served on loopback as the hub serves one: info, tree and files with ranges. It can be told to misbehave. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LocalHubFile {
  readonly content: Buffer
  /** As large files are: told by SHA-256, and their bytes come from another server. @default false */
  readonly isLfs?: boolean
}

export interface LocalHub {
  readonly endpoint: string
  readonly commit: string
  /** The files asked for, in order, where their bytes came from. */
  readonly requests: { path: string; range: string | null; authorization: string | null }[]
  /** The next file's answer ends after so many bytes. */
  cutNext(afterBytes: number): void
  close(): Promise<void>
}

export interface LocalHubOptions {
  readonly repo: string
  readonly files: Readonly<Record<string, LocalHubFile>>
  /** Asked for with every request. */
  readonly token?: string
  /** Announced instead of the right one. */
  readonly wrongChecksumOf?: string
}

export async function startLocalHub({ repo, files, token, wrongChecksumOf }: LocalHubOptions): Promise<LocalHub> {
  const commit = createHash('sha1').update(Object.keys(files).join()).digest('hex')
  const requests: LocalHub['requests'] = []
  let cutAfter: number | null = null
  const send = (path: string, content: Buffer, request: IncomingMessage, response: ServerResponse): void => {
    requests.push({ path, range: request.headers.range ?? null, authorization: request.headers.authorization ?? null })
    sendFile(request, response, content, cutAfter)
    cutAfter = null
  }
  const storage = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    send(path, files[path]?.content ?? Buffer.alloc(0), request, response)
  })
  const storageUrl = await listen(storage)
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://hub').pathname)
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return void answerJson(response, 401, { error: 'Access to this dataset is restricted.' })
    if (path.startsWith(`/api/datasets/${repo}/revision/`)) return void answerJson(response, 200, { _id: '1', id: repo, sha: commit })
    if (path.startsWith(`/api/datasets/${repo}/tree/${commit}`)) return void answerJson(response, 200, Object.entries(files).map(([name, file]) => describeFile(name, file, name === wrongChecksumOf)))
    const name = path.slice(`/datasets/${repo}/resolve/${commit}/`.length)
    const file = files[name]
    if (file === undefined) return void answerJson(response, 404, { error: 'Entry not found' })
    if (file.isLfs !== true) return send(name, file.content, request, response)
    response.writeHead(302, { location: `${storageUrl}/${encodeURIComponent(name)}` }).end()
  })
  return {
    endpoint: await listen(server),
    commit,
    requests,
    cutNext: (afterBytes) => {
      cutAfter = afterBytes
    },
    close: async () => {
      await Promise.all([server, storage].map(close))
    },
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

function describeFile(path: string, { content, isLfs = false }: LocalHubFile, isWrong: boolean): object {
  const told = isWrong ? Buffer.from('another content') : content
  const oid = createHash('sha1').update(`blob ${told.length}\0`).update(told).digest('hex')
  const lfs = { oid: createHash('sha256').update(told).digest('hex'), size: content.length, pointerSize: 130 }
  return { type: 'file', path, size: content.length, oid, ...(isLfs && { lfs }) }
}

function sendFile(request: IncomingMessage, response: ServerResponse, content: Buffer, cutAfter: number | null): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const bytes = content.subarray(start)
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length })
  if (cutAfter === null) return void response.end(bytes)
  response.write(bytes.subarray(0, cutAfter), () => response.destroy())
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
