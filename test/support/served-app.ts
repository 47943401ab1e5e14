/** @file The built app behind `memgen serve` as a process of its own, on a free port; it knows no page and ends only what it started. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { Contract } from '../../src/shared/contract/index.ts'
import { jsonSerializers } from '../../src/shared/serializers.ts'

const entry = resolve(import.meta.dirname, '..', '..', 'out', 'main', 'memgen.js')

export interface ServedApp {
  /** With the access token. */
  url: string
  /** The process id of its engine, once that is ready. */
  enginePid(): Promise<number>
  /** Ends it at once, as a crash does. */
  crash(): Promise<void>
  /** Ends it in order. */
  end(): Promise<void>
}

/**
 * Serves `dataDir` until the app is ended, on the CPU: every data folder is new, and would have the devices measured first.
 * @throws Error when the app is not built, or with what the server wrote when it ends before it listens
 */
export async function serveApp(dataDir: string): Promise<ServedApp> {
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run \`npm run build\` first`)
  const child = spawn(process.execPath, [entry, 'serve', '--port', '0', '--data-dir', dataDir, '--device', 'cpu'], {
    cwd: join(entry, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const closed = once(child, 'close')

  const url = await new Promise<string>((resolveUrl, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`
      const found = /https?:\/\/\S+/.exec(line)?.[0]
      if (found !== undefined) resolveUrl(found)
    })
    void closed.then(() => {
      reject(new Error(`memgen serve ended before it listened:\n${output}`))
    })
  })

  const endWith = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await closed
  }
  return { url, enginePid: () => askEnginePid(url), crash: () => endWith('SIGKILL'), end: () => endWith('SIGTERM') }
}

async function askEnginePid(url: string): Promise<number> {
  return askServedApp(url, async (client) => {
    for await (const status of await client.system.engineStatus()) {
      if (status.kind === 'ready') return status.pid
    }
    throw new Error('the engine never became ready')
  })
}

/** Asks as a program of the user would: with the token as a bearer. */
export async function askServedApp<Answer>(url: string, ask: (client: ContractRouterClient<Contract>) => Promise<Answer>): Promise<Answer> {
  const { host, searchParams } = new URL(url)
  const socket = new WebSocket(`ws://${host}/rpc`, { headers: { authorization: `Bearer ${searchParams.get('token') ?? ''}` } })
  await once(socket, 'open')
  const link = new RPCLink({ websocket: socket as never, customJsonSerializers: jsonSerializers }) // ws differs from the DOM's WebSocket in types only
  try {
    return await ask(createORPCClient<ContractRouterClient<Contract>>(link))
  } finally {
    socket.terminate()
  }
}
