/** @file Starts and ends the desktop shell in order: one instance, the app, its window, its quit. It does not know what the app does. */
import { join } from 'node:path'
import { app, BrowserWindow } from 'electron'
import type { createApp } from '../server/index.ts'
import { registerAppScheme, serveRenderer } from './app-protocol.ts'
import { lockDown } from './lockdown.ts'
import { openMainWindow } from './main-window.ts'
import { serveRpcPorts } from './rpc-port.ts'
import { startUtilityEngine } from './utility-engine.ts'

/** The app to run, and where its built parts lie. */
export interface DesktopParts {
  createApp: typeof createApp
  /** Where the log lies: the same folder as the command line's, so that both show the same traces. */
  dataDir: string
  /** The folder of the built main bundle, out/main. */
  mainDir: string
  preloadPath: string
  rendererDir: string
  /** A real folder even when packaged: ONNX Runtime maps the sample's weights from it. */
  resourcesDir: string
}

/**
 * Runs the desktop app. A second instance hands over to the first and ends.
 * @returns when the window was opened, or at once in a second instance
 */
export async function startDesktop(parts: DesktopParts): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  app.enableSandbox()
  registerAppScheme()
  app.on('second-instance', focusWindow)
  app.on('window-all-closed', () => {
    app.quit()
  })
  await app.whenReady()

  lockDown()
  serveRenderer(parts.rendererDir)
  const workbench = await parts.createApp({
    dataDir: parts.dataDir,
    resourcesDir: parts.resourcesDir,
    shell: 'electron',
    preloadsBundledModel: true,
    startEngine: () => startUtilityEngine(join(parts.mainDir, 'engine.js')),
  })
  disposeBeforeQuit(() => workbench.dispose())
  serveRpcPorts(workbench)
  openMainWindow({ preloadPath: parts.preloadPath, boundsPath: join(app.getPath('userData'), 'window.json') })
}

function focusWindow(): void {
  const window = BrowserWindow.getAllWindows()[0]
  if (window === undefined) return
  if (window.isMinimized()) window.restore()
  window.focus()
}

/** Holds the first quit back until `dispose` has let the running step finish and closed the log. */
function disposeBeforeQuit(dispose: () => Promise<void>): void {
  let state: 'running' | 'disposing' | 'disposed' = 'running'
  app.on('will-quit', (event) => {
    if (state === 'disposed') return
    event.preventDefault()
    if (state === 'disposing') return
    state = 'disposing'
    dispose()
      .catch((error: unknown) => {
        console.error('The workbench did not close in order:', error)
        process.exitCode = 1
      })
      .finally(() => {
        state = 'disposed'
        app.quit()
      })
  })
}
