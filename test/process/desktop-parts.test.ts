/** @file The desktop shell's single parts against a fake Electron: served files, the preload, the engine's process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serveRenderer } from '../../src/main/desktop/app-protocol.ts'
import { startUtilityEngine } from '../../src/main/desktop/utility-engine.ts'
import * as electron from '../support/fake-electron.ts'

vi.mock('electron', () => import('../support/fake-electron.ts'))

let folder = ''

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-desktop-'))
  electron.resetElectron({ userData: folder })
  await electron.app.whenReady()
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  vi.unstubAllGlobals()
})

describe('app://workbench', () => {
  const get = async (url: string, init?: RequestInit): Promise<Response> => {
    const handler = electron.protocol.handlers.get('app')
    if (handler === undefined) throw new Error('the scheme is not handled')
    return handler(new Request(url, init))
  }

  test('serves the built page with a policy that allows no inline or remote script', async () => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html>')
    serveRenderer(folder)
    const response = await get('app://workbench/')
    expect(await response.text()).toBe('<!doctype html>')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toContain('unsafe-eval')
  })

  test('answers what is not there, not a page file or not a GET with an error', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'private')
    mkdirSync(join(folder, 'folder.js'))
    serveRenderer(folder)
    expect((await get('app://workbench/missing.js')).status).toBe(404)
    expect((await get('app://workbench/notes.txt')).status).toBe(404)
    expect((await get('app://workbench/folder.js')).status).toBe(404)
    expect((await get('app://workbench/index.html', { method: 'POST' })).status).toBe(405)
  })

  test('never answers from outside its folder, whatever the URL', async () => {
    mkdirSync(join(folder, 'renderer'))
    writeFileSync(join(folder, 'secret.js'), 'secret')
    serveRenderer(join(folder, 'renderer'))
    for (const path of ['..%2fsecret.js', '%2e%2e/secret.js', 'a%5c..%5c..%5csecret.js', '%zz', 'a%00.js']) {
      expect((await get(`app://workbench/${path}`)).status, path).toBe(404)
    }
    const part = fc.oneof(fc.string(), fc.constantFrom('..', '%2e%2e', '%2f', '%5c', '/', '\\', '%00', '%252e', 'secret.js'))
    await fc.assert(
      fc.asyncProperty(fc.array(part), async (parts) => {
        const url = `app://workbench/${parts.join('/')}`
        return !URL.canParse(url) || (await (await get(url)).text()) !== 'secret'
      }),
    )
  })

  test('answers for its own host only', async () => {
    writeFileSync(join(folder, 'index.html'), 'page')
    serveRenderer(folder)
    expect((await get('app://other/index.html')).status).toBe(404)
  })
})

describe('the preload', () => {
  test('asks for a port when the page wants one, and hands exactly that port over', async () => {
    const posted: unknown[][] = []
    const listeners: ((event: { source: unknown; data: unknown }) => void)[] = []
    const window = {
      addEventListener: (_type: string, listener: (typeof listeners)[number]) => listeners.push(listener),
      postMessage: (...values: unknown[]) => posted.push(values),
      location: { origin: 'app://workbench' },
    }
    vi.stubGlobal('window', window)
    await import('../../src/preload/index.ts')

    listeners[0]?.({ source: {}, data: 'memgen:port-wanted' })
    listeners[0]?.({ source: window, data: 'something else' })
    expect(electron.ipcRenderer.sent).toEqual([])
    listeners[0]?.({ source: window, data: 'memgen:port-wanted' })
    expect(electron.ipcRenderer.sent).toEqual(['memgen:port-wanted'])

    const port = {}
    electron.ipcRenderer.emit('memgen:port', { ports: [port] })
    expect(posted).toEqual([['memgen:port', 'app://workbench', [port]]])
    expect(posted[0]?.[2]).toHaveProperty('0', port)
  })
})

describe('the engine in a utility process', () => {
  const startEngine = () => {
    const engine = startUtilityEngine('/app/out/main/engine.js')
    const child = electron.utilityProcess.forked[0]
    if (child === undefined) throw new Error('nothing was forked')
    return { engine, child }
  }

  test('receives requests and sends messages as they are', () => {
    const { engine, child } = startEngine()
    const request = { callId: 1, call: 'unload', arguments: { modelId: 'm' as never } } as const
    engine.post(request)
    expect(child.posted).toEqual([request])

    const heard = vi.fn()
    engine.onMessage(heard)
    const message = { kind: 'ready', pid: 7 }
    child.emit('message', message)
    expect(heard).toHaveBeenCalledWith(message)
  })

  test('reports its end with the last words it wrote, also to a listener that comes late', () => {
    const { engine, child } = startEngine()
    child.stderr.emit('data', 'onnxruntime: assertion failed\n')
    child.emit('exit', 6)
    const heard = vi.fn()
    engine.onExit(heard)
    expect(heard).toHaveBeenCalledExactlyOnceWith({ exitCode: 6, signal: null, outputTail: 'onnxruntime: assertion failed\n' })
  })

  test('is killed when the host ends it', () => {
    const { engine, child } = startEngine()
    engine.end()
    expect(child.isKilled).toBe(true)
  })
})
