/** @file The desktop shell against a fake Electron: its security settings, its port, its order of quitting. It does not know the app behind the port. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { os } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startDesktop } from '../../src/main/desktop/desktop-app.ts'
import { jsonSerializers } from '../../src/shared/serializers.ts'
import * as electron from '../support/fake-electron.ts'

vi.mock('electron', () => import('../support/fake-electron.ts'))

const createApp = vi.fn()
const dispose = vi.fn()

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-desktop-'))
  electron.resetElectron({ userData: folder })
  dispose.mockReset().mockResolvedValue(undefined)
  createApp.mockReset().mockReturnValue({ router: { norms: os.handler(() => new Float32Array([1.5, -2])) }, context: {}, dispose })
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const start = (): Promise<void> =>
  startDesktop({ createApp, dataDir: '/data', mainDir: '/app/out/main', preloadPath: '/app/out/preload/index.cjs', rendererDir: folder, resourcesDir: '/app/resources' })

async function startWithWindow(): Promise<electron.BrowserWindow> {
  await start()
  const window = electron.BrowserWindow.opened[0]
  if (window === undefined) throw new Error('no window was opened')
  return window
}

describe('the window', () => {
  test('runs its page sandboxed, isolated and without Node', async () => {
    const window = await startWithWindow()
    expect(window.options.webPreferences).toMatchObject({
      preload: '/app/out/preload/index.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    })
    expect(electron.record.calls[0]).toBe('enableSandbox')
    expect(createApp).toHaveBeenCalledWith(expect.objectContaining({ dataDir: '/data', resourcesDir: '/app/resources', shell: 'electron', preloadsBundledModel: true }))
    expect(window.loadedUrl).toBe('app://workbench/index.html')
  })

  test('stays hidden and dark until the page has painted', async () => {
    const window = await startWithWindow()
    expect(window.options).toMatchObject({ show: false, width: 1280, height: 800, backgroundColor: '#101014' })
    expect(window.isShown).toBe(false)
    window.emit('ready-to-show')
    expect(window.isShown).toBe(true)
  })

  test('opens where it was closed', async () => {
    const first = await startWithWindow()
    first.isMaximizedNow = true
    first.emit('close')
    electron.resetElectron({ userData: folder })
    const second = await startWithWindow()
    expect(second.options).toMatchObject({ x: 10, y: 20, width: 1300, height: 900 })
    second.emit('ready-to-show')
    expect(second.isMaximizedNow).toBe(true)
  })

  test('opens in the default place when its remembered display is gone or the file is damaged', async () => {
    for (const content of [JSON.stringify({ x: 5000, y: 0, width: 1300, height: 900, isMaximized: false }), '{"x":', '[]']) {
      electron.resetElectron({ userData: folder })
      writeFileSync(join(folder, 'window.json'), content)
      expect((await startWithWindow()).options).not.toHaveProperty('x')
    }
  })

  test('comes to the front when a second instance is started, which itself opens nothing', async () => {
    const window = await startWithWindow()
    window.isMinimizedNow = true
    electron.app.emit('second-instance')
    expect(window).toMatchObject({ isMinimizedNow: false, isFocused: true })

    electron.resetElectron({ userData: folder, hasLock: false })
    createApp.mockClear()
    await start()
    expect(electron.BrowserWindow.opened).toEqual([])
    expect(createApp).not.toHaveBeenCalled()
    expect(electron.record.calls).toEqual(['quit', 'ended'])
  })
})

describe('a page', () => {
  test('cannot leave the app', async () => {
    const { webContents } = await startWithWindow()
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      expect(electron.isPrevented(webContents, event, { url: 'http://example.com/' })).toBe(true)
      expect(electron.isPrevented(webContents, event, { url: 'file:///etc/passwd' })).toBe(true)
      expect(electron.isPrevented(webContents, event, { url: 'app://workbench.example/' })).toBe(true)
      expect(electron.isPrevented(webContents, event, { url: 'app://workbench/index.html#/traces' })).toBe(false)
    }
    expect(electron.isPrevented(webContents, 'will-attach-webview')).toBe(true)
    expect(electron.record.externalUrls).toEqual([])
  })

  test('opens no window, and only plain https links reach the system browser', async () => {
    const { webContents } = await startWithWindow()
    const urls = ['https://arxiv.org/abs/2509.24704', 'http://example.com/', 'https://user:secret@example.com/', 'file:///etc/passwd', 'smb://host/x', '::']
    for (const url of urls) expect(webContents.openHandler({ url })).toEqual({ action: 'deny' })
    expect(electron.record.externalUrls).toEqual(['https://arxiv.org/abs/2509.24704'])
  })

  test('gets no permission and no network', async () => {
    await startWithWindow()
    const { defaultSession } = electron.session
    const granted = vi.fn()
    defaultSession.askPermission({}, 'media', granted)
    expect(granted).toHaveBeenCalledWith(false)
    expect(defaultSession.checkPermission()).toBe(false)

    const isCancelled = (url: string): boolean => {
      const answers: boolean[] = []
      defaultSession.beforeRequest({ url }, ({ cancel }) => answers.push(cancel))
      return answers[0] ?? false
    }
    expect(isCancelled('https://example.com/track.js')).toBe(true)
    expect(isCancelled('file:///etc/passwd')).toBe(true)
    expect(isCancelled('app://workbench/assets/index.js')).toBe(false)
  })
})

describe('the port', () => {
  const page = (frame: Partial<{ origin: string; parent: unknown }> = {}) => {
    const ports: unknown[] = []
    const senderFrame = { origin: 'app://workbench', parent: null, postMessage: (_channel: string, _message: null, given: unknown[]) => ports.push(...given), ...frame }
    electron.ipcMain.emit('memgen:port-wanted', { senderFrame })
    return ports
  }

  test('answers the page with the router, float arrays intact', async () => {
    await startWithWindow()
    const [port] = page() as [electron.MessageChannelMain['port2']]
    const link = new RPCLink({ port: port.port as never, customJsonSerializers: jsonSerializers }) // Node's port in place of the page's
    const client = createORPCClient<{ norms: () => Promise<Float32Array> }>(link)
    expect(await client.norms()).toEqual(new Float32Array([1.5, -2]))
    port.close()
  })

  test('is refused to inner frames and foreign pages', async () => {
    await startWithWindow()
    expect(page({ parent: {} })).toEqual([])
    expect(page({ origin: 'https://example.com' })).toEqual([])
  })
})

describe('quitting', () => {
  test('waits until the app has finished its step and closed its log', async () => {
    await startWithWindow()
    let finishStep: () => void = () => undefined
    dispose.mockReturnValue(new Promise<void>((resolve) => (finishStep = resolve)))
    const ended = once(electron.app, 'ended')
    electron.app.emit('window-all-closed')
    electron.app.quit()
    expect(electron.record.calls).toEqual(['enableSandbox', 'quit', 'held back', 'quit', 'held back'])
    finishStep()
    await ended
    expect(dispose).toHaveBeenCalledTimes(1)
    expect(electron.record.calls.at(-1)).toBe('ended')
  })

  test('ends also when closing fails, and says why', async () => {
    await startWithWindow()
    const said = vi.spyOn(console, 'error').mockReturnValue()
    dispose.mockRejectedValue(new Error('disk full'))
    const ended = once(electron.app, 'ended')
    electron.app.quit()
    await ended
    expect(said).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ message: 'disk full' }))
    expect(process.exitCode).toBe(1)
    process.exitCode = undefined
  })
})
