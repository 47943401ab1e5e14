/** @file Where the parts of the program lie, run from its sources or from the built bundle. It starts none of them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export interface Places {
  engineEntry: string
  resourcesDir: string
  rendererDir: string
}

/** @param ownDir the folder of the running program: src/main/headless, or out/main when built */
export function findPlaces(ownDir: string): Places {
  const builtEngine = join(ownDir, 'engine.js')
  const isBuilt = existsSync(builtEngine)
  const rootDir = isBuilt ? join(ownDir, '..', '..') : join(ownDir, '..', '..', '..')
  return {
    engineEntry: isBuilt ? builtEngine : join(ownDir, '..', 'engine', 'entry.ts'),
    resourcesDir: join(rootDir, 'resources'),
    rendererDir: join(rootDir, 'out', 'renderer'),
  }
}
