/** @file Finds the Chromium that the end-to-end tests drive; it downloads none. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe']
/** Where the platforms' installers put a browser that is not on PATH. */
const installed = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** @throws Error that says what to install */
export function findChromium(environment: NodeJS.ProcessEnv): string {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const path = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...installed].find(isExecutable)
  if (path === undefined) {
    throw new Error(`The end-to-end tests need Chromium or Chrome, and PATH has none of ${names.join(', ')}. On Debian: apt-get install chromium libvulkan1`)
  }
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there or not ours to run: the next place is asked.
    return false
  }
}
