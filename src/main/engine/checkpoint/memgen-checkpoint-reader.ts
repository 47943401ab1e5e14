/** @file Finds out which layout a MemGen checkpoint folder has and reads it. Knows neither layout's details. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CheckpointFormatError } from './errors.ts'
import type { MemGenCheckpoint } from './memgen-checkpoint.ts'
import { findPart, readSavePretrainedLayout } from './save-pretrained-layout.ts'
import { openWeights } from './weight-index.ts'
import { isWholeModelLayout, readWholeModelLayout } from './whole-model-layout.ts'

/** Reads a checkpoint folder of either layout. Throws CheckpointFormatError naming the file and the tensor or field. */
export function readMemGenCheckpoint(directory: string): MemGenCheckpoint {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new CheckpointFormatError({ path: directory }, 'expected a MemGen checkpoint folder, found none')
  }
  const realDirectory = realpathSync(directory)
  if (findPart(realDirectory, 'projs')) return readSavePretrainedLayout(realDirectory)
  if (hasWholeModel(realDirectory)) return readWholeModelLayout(realDirectory)
  throw new CheckpointFormatError(
    { path: directory },
    'expected a MemGen checkpoint (projs.bin, or model.safetensors with weaver.prompt_query_latents), found neither',
  )
}

/** Whether a folder has the files of either layout; they may still be damaged. */
export function isMemGenCheckpoint(directory: string): boolean {
  try {
    return findPart(directory, 'projs') !== undefined || hasWholeModel(directory)
  } catch (error) {
    if (!(error instanceof CheckpointFormatError)) throw error
    return false // damaged weights, whose reader will say so
  }
}

function hasWholeModel(directory: string): boolean {
  const isModel = ['model.safetensors', 'model.safetensors.index.json'].some((name) => existsSync(join(directory, name)))
  return isModel && isWholeModelLayout(openWeights(directory))
}
