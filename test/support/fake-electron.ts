/**
 * @file A stand-in for the `electron` module under plain Node: it records what the shell asked for and lets a test fire
 * Electron's events. It draws no window and knows nothing of the app.
 */
import { EventEmitter } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

/** Electron's port: Node's, with the message wrapped in an event and started by hand. */
class FakePort extends EventEmitter {
  readonly port: MessagePort
  constructor(port: MessagePort) {
    super()
    this.port = port
    port.on('close', () => this.emit('close'))
  }
  start(): void {
    this.port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }))
  }
  postMessage(data: unknown): void {
    this.port.postMessage(data)
  }
  close(): void {
    this.port.close()
  }
}

export class MessageChannelMain {
  readonly port1: FakePort
  readonly port2: FakePort
  constructor() {
    const channel = new MessageChannel()
    this.port1 = new FakePort(channel.port1)
    this.port2 = new FakePort(channel.port2)
  }
}

/** What the shell did, in order; a test reads it and `resetElectron` empties it. */
export const record = {
  calls: [] as string[],
  externalUrls: [] as string[],
  schemes: [] as unknown[],
  menus: [] as unknown[],
}

class FakeApp extends EventEmitter {
  hasLock = true
  isReady = false
  userData = ''
  requestSingleInstanceLock(): boolean {
    return this.hasLock
  }
  enableSandbox(): void {
    record.calls.push('enableSandbox')
  }
  getPath(): string {
    return this.userData
  }
  async whenReady(): Promise<void> {
    await Promise.resolve()
    this.isReady = true
  }
  exit(code: number): void {
    record.calls.push(`exit ${String(code)}`)
  }
  /** Ends as Electron does: every `will-quit` listener may hold the quit back. */
  quit(): void {
    record.calls.push('quit')
    let isHeldBack = false
    this.emit('will-quit', { preventDefault: () => (isHeldBack = true) })
    record.calls.push(isHeldBack ? 'held back' : 'ended')
    if (!isHeldBack) this.emit('ended')
  }
}
export const app = new FakeApp()

export class FakeWebContents extends EventEmitter {
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler
  }
}

export class BrowserWindow extends EventEmitter {
  static opened: BrowserWindow[] = []
  static getAllWindows(): BrowserWindow[] {
    return BrowserWindow.opened
  }
  readonly webContents = new FakeWebContents()
  readonly options: Record<string, unknown>
  loadedUrl = ''
  isShown = false
  isMaximizedNow = false
  isMinimizedNow = false
  isFocused = false
  constructor(options: Record<string, unknown>) {
    super()
    this.options = options
    BrowserWindow.opened.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  loadURL(url: string): Promise<void> {
    this.loadedUrl = url
    return Promise.resolve()
  }
  show(): void {
    this.isShown = true
  }
  focus(): void {
    this.isFocused = true
  }
  maximize(): void {
    this.isMaximizedNow = true
  }
  isMaximized(): boolean {
    return this.isMaximizedNow
  }
  isMinimized(): boolean {
    return this.isMinimizedNow
  }
  restore(): void {
    this.isMinimizedNow = false
  }
  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    return { x: 10, y: 20, width: 1300, height: 900 }
  }
}

type ProtocolHandler = (request: Request) => Promise<Response>
export const protocol = {
  handlers: new Map<string, ProtocolHandler>(),
  registerSchemesAsPrivileged(schemes: unknown[]): void {
    if (app.isReady) throw new Error('schemes must be registered before the app is ready')
    record.schemes.push(...schemes)
  },
  handle(scheme: string, handler: ProtocolHandler): void {
    if (!app.isReady) throw new Error('protocols can be handled only after the app is ready')
    protocol.handlers.set(scheme, handler)
  },
}

type Decide<Answer> = (answer: Answer) => void
export const session = {
  defaultSession: {
    askPermission: (_contents: unknown, _permission: string, decide: Decide<boolean>): void => decide(true),
    checkPermission: (): boolean => true,
    beforeRequest: (_details: { url: string }, decide: Decide<{ cancel: boolean }>): void => decide({ cancel: false }),
    setPermissionRequestHandler(handler: (contents: unknown, permission: string, decide: Decide<boolean>) => void): void {
      session.defaultSession.askPermission = handler
    },
    setPermissionCheckHandler(handler: () => boolean): void {
      session.defaultSession.checkPermission = handler
    },
    webRequest: {
      onBeforeRequest(handler: (details: { url: string }, decide: Decide<{ cancel: boolean }>) => void): void {
        session.defaultSession.beforeRequest = handler
      },
    },
  },
}

export class FakeUtilityProcess extends EventEmitter {
  readonly path: string
  readonly options: unknown
  readonly posted: unknown[] = []
  readonly stderr = Object.assign(new EventEmitter(), { setEncoding: () => this.stderr })
  isKilled = false
  constructor(path: string, options: unknown) {
    super()
    this.path = path
    this.options = options
  }
  /** Electron clones as a port does. */
  postMessage(message: unknown): void {
    this.posted.push(structuredClone(message))
  }
  kill(): boolean {
    this.isKilled = true
    return true
  }
}
export const utilityProcess = {
  forked: [] as FakeUtilityProcess[],
  fork(path: string, _arguments: string[], options: unknown): FakeUtilityProcess {
    const child = new FakeUtilityProcess(path, options)
    utilityProcess.forked.push(child)
    return child
  },
}

export const ipcMain = new EventEmitter()
export const ipcRenderer = Object.assign(new EventEmitter(), {
  sent: [] as string[],
  send: (channel: string): void => void ipcRenderer.sent.push(channel),
})
export const shell = { openExternal: (url: string): Promise<void> => Promise.resolve(void record.externalUrls.push(url)) }
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] }
export const dialog = { showErrorBox: (title: string): void => void record.calls.push(`error box: ${title}`) }
export const Menu = {
  setApplicationMenu: (menu: unknown): void => void record.menus.push(menu),
  buildFromTemplate: (template: unknown): unknown => template,
}

/** Forgets everything, so that each test meets a fresh Electron. */
export function resetElectron(options: { userData: string; hasLock?: boolean }): void {
  for (const emitter of [app, ipcMain, ipcRenderer]) emitter.removeAllListeners()
  app.hasLock = options.hasLock ?? true
  app.isReady = false
  app.userData = options.userData
  for (const list of Object.values(record)) list.length = 0
  BrowserWindow.opened = []
  utilityProcess.forked = []
  ipcRenderer.sent = []
  protocol.handlers.clear()
}

/** Fires an event and says whether a listener prevented it. */
export function isPrevented(emitter: EventEmitter, name: string, details: Record<string, unknown> = {}): boolean {
  let isHeldBack = false
  emitter.emit(name, { ...details, preventDefault: () => (isHeldBack = true) })
  return isHeldBack
}
