/** @file Where the models and files that a training configuration names lie, and where its run writes. It reads no model. */
import { existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { huggingFaceCacheDir, listCachedModels } from '../hub/index.ts'
import type { ReadTrainingConfigOptions } from '../jobs/index.ts'

export interface TrainingPlacesOptions {
  /** Relative paths start here. */
  folder: string
  /** Runs whose configuration names no folder write below it. */
  outputRoot: string
  /** @default huggingFaceCacheDir() */
  cacheDir?: string
  /** Unix milliseconds. @default Date.now */
  now?: () => number
}

/** A folder counts before a model of the Hugging Face cache; of a cached model the commit of `main`. */
export async function openTrainingPlaces({ folder, outputRoot, cacheDir = huggingFaceCacheDir(), now = Date.now }: TrainingPlacesOptions): Promise<Pick<ReadTrainingConfigOptions, 'findModel' | 'resolvePath' | 'defaultOutputDirectory'>> {
  const cached = await listCachedModels(cacheDir)
  return {
    findModel: (name) => {
      const path = resolve(folder, name)
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path
      return cached.find(({ repo }) => repo === name)?.directory ?? null
    },
    resolvePath: (path) => resolve(folder, path),
    // As the reference names its folders (main.py, build_working_dir), in short.
    defaultOutputDirectory: ({ stage, model, dataset }) => {
      const data = dataset.name ?? basename(dataset.trainFile).replace(/\.[^.]*$/, '')
      const stamp = new Date(now()).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
      return unused(join(outputRoot, data, basename(model.reasonerDir), `${stage}_${stamp}`))
    },
  }
}

/** Two runs may begin in one second. */
function unused(path: string): string {
  let free = path
  for (let copy = 2; existsSync(free); copy++) free = `${path}-${copy}`
  return free
}
