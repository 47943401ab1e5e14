/** @file Where the app keeps its log by default, the same for window, browser and command line. It creates nothing. */
import { posix, win32 } from 'node:path'

export interface UserPlaces {
  platform: NodeJS.Platform
  env: Readonly<Record<string, string | undefined>>
  homeDir: string
}

/** MEMGEN_DATA_DIR, else the platform's folder for an app's data (XDG, Library, AppData). */
export function defaultDataDir({ platform, env, homeDir }: UserPlaces): string {
  const chosen = env['MEMGEN_DATA_DIR']
  if (chosen !== undefined && chosen !== '') return chosen
  switch (platform) {
    case 'darwin':
      return posix.join(homeDir, 'Library', 'Application Support', 'MemGen Workbench')
    case 'win32':
      return win32.join(env['APPDATA'] ?? win32.join(homeDir, 'AppData', 'Roaming'), 'MemGen Workbench')
    default: {
      const base = env['XDG_DATA_HOME'] ?? ''
      // The XDG specification: a relative path is invalid and must be ignored.
      return posix.join(posix.isAbsolute(base) ? base : posix.join(homeDir, '.local', 'share'), 'memgen-workbench')
    }
  }
}
