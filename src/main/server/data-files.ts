/** @file What lies in the user's folder, and under which names. It reads and creates nothing. */
import { join } from 'node:path'

export const LOG_FILE_NAME = 'memgen.sqlite'

export interface DataFiles {
  readonly logPath: string
  /** Hashes of weights that were read once; nothing is lost with it but time. */
  readonly hashesPath: string
  /** What was measured of devices; it can be measured again. */
  readonly speedsPath: string
  /** Weights that were quantised or packed once; they can be made again from the models. */
  readonly weightsDir: string
  /** Where exports go that are given no place. */
  readonly exportsDir: string
  /** Where runs write that name no folder of their own. */
  readonly trainingDir: string
}

/** All are paths below `dataDir`, whether or not they exist. */
export function dataFilesOf(dataDir: string): DataFiles {
  return {
    logPath: join(dataDir, LOG_FILE_NAME),
    hashesPath: join(dataDir, 'file-hashes.json'),
    speedsPath: join(dataDir, 'device-speeds.json'),
    weightsDir: join(dataDir, 'weights'),
    exportsDir: join(dataDir, 'exports'),
    trainingDir: join(dataDir, 'training'),
  }
}
