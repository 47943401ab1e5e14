/** @file The app's one window: its size, its security settings, its menu. It does not know what the page shows. */
import { BrowserWindow, Menu, screen } from 'electron'
import { APP_URL } from './app-protocol.ts'
import { readWindowBounds, writeWindowBounds } from './window-bounds.ts'

/** The least size at which the debugger's stream, lanes and inspector stand side by side. */
const MIN_WIDTH = 1280
const MIN_HEIGHT = 800
/** The dark theme's page colour, so that nothing flashes before the first paint. */
const BACKGROUND = '#101014'

/** Opens the window, shown once it has painted. `boundsPath` is the file that remembers its place. */
export function openMainWindow(options: { preloadPath: string; boundsPath: string }): BrowserWindow {
  installMenu()
  const areas = screen.getAllDisplays().map((display) => display.workArea)
  const bounds = readWindowBounds(options.boundsPath, areas)
  // A small display must still show the whole window.
  const width = Math.min(MIN_WIDTH, ...areas.map((area) => area.width))
  const height = Math.min(MIN_HEIGHT, ...areas.map((area) => area.height))
  const window = new BrowserWindow({
    ...(bounds === null ? { width, height } : { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height }),
    minWidth: width,
    minHeight: height,
    show: false,
    backgroundColor: BACKGROUND,
    title: 'MemGen Workbench',
    webPreferences: {
      preload: options.preloadPath,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  })
  window.once('ready-to-show', () => {
    if (bounds?.isMaximized === true) window.maximize()
    window.show()
  })
  window.on('close', () => {
    writeWindowBounds(options.boundsPath, { ...window.getNormalBounds(), isMaximized: window.isMaximized() })
  })
  void window.loadURL(APP_URL)
  return window
}

/** Electron's default menu takes F11 and Ctrl+R, which belong to the debugger; macOS needs a menu for its clipboard keys. */
function installMenu(): void {
  const isMac = process.platform === 'darwin'
  Menu.setApplicationMenu(isMac ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]) : null)
}
