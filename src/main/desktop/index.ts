/** @file The entry Electron runs: finds the built parts beside itself and starts the shell. It decides nothing else. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, dialog } from 'electron'
import { messageOf } from '../../shared/message-of.ts'
import { createApp, defaultDataDir } from '../server/index.ts'
import { startDesktop } from './desktop-app.ts'

const mainDir = import.meta.dirname
const rootDir = join(mainDir, '..', '..')

// Not awaited: Electron becomes ready only after this module has been evaluated.
startDesktop({
  createApp,
  dataDir: defaultDataDir({ platform: process.platform, env: process.env, homeDir: homedir() }),
  mainDir,
  preloadPath: join(mainDir, '..', 'preload', 'index.cjs'),
  rendererDir: join(mainDir, '..', 'renderer'),
  // Inside a package the folder lies unpacked beside the archive (electron-builder.yml, asarUnpack).
  resourcesDir: join(rootDir.replace(/app\.asar$/, 'app.asar.unpacked'), 'resources'),
}).catch((error: unknown) => {
  console.error(error)
  dialog.showErrorBox('MemGen Workbench cannot start', messageOf(error))
  app.exit(1)
})
