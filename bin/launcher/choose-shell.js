/** @file Decides whether Electron can show a window here; it touches nothing and does not know how Electron is found. */

/**
 * @param {{ platform: string, environment: NodeJS.ProcessEnv, userId: number | null }} machine
 * @returns {string | null} why only the browser will do, or null where Electron can run
 */
export function findElectronObstacle({ platform, environment, userId }) {
  if (platform !== 'linux') return null
  if (!environment.DISPLAY && !environment.WAYLAND_DISPLAY) return 'there is no display'
  // Chromium's sandbox refuses to run as root, and the app does not run without its sandbox.
  if (userId === 0) return "Electron's sandbox does not run as root"
  return null
}
