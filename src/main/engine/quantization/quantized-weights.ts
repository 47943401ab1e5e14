/** @file The quantised weights of a base, made when they are first wanted and found again later. It opens no session. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import type { QuantizedPrecision } from './block-quantization.ts'
import { isOfPresentSources, quantizedFileBytes, readQuantizedFile, writeQuantizedFile, type Matrices, type WriteOptions } from './quantized-file.ts'
import { makeSideFileRoom, markSideFile } from './side-files.ts'

export interface QuantizableBase {
  readonly config: DecoderConfig
  readonly locations: WeightLocations
}

export interface QuantizedWeights {
  /** The base's own tensors, and its matrices quantised beside them: what the graphs for inference take. */
  readonly locations: WeightLocations
  /** The side file; a file of its own where no folder was given. */
  readonly path: string
  /** Removes what would not be found again; to be called when no session reads it any more. */
  release(): Promise<void>
}

/**
 * Reads the base's side file in `weightsDir`, or writes it first: once for each base and precision, whichever model wants it. A file that is
 * damaged, or older than the base, is written again; sessions that still map it keep what they have. Room for a new one is made of those that
 * nobody uses any more (side-files.ts).
 * Throws CheckpointFormatError naming the file that cannot be read or written.
 * @param weightsDir null: a file of its own in the system's temporary folder
 */
export async function quantizedWeights(
  base: QuantizableBase,
  precision: QuantizedPrecision,
  weightsDir: string | null,
  options: WriteOptions = {},
): Promise<QuantizedWeights> {
  const matrices = matricesOf(base)
  const folder = weightsDir ?? (await mkdtemp(join(tmpdir(), 'memgen-weights-')))
  const release = async (): Promise<void> => {
    if (weightsDir === null) await rm(folder, { recursive: true, force: true })
  }
  try {
    const path = join(folder, fileName(matrices, precision))
    let tensors = findTensors(path, matrices, precision)
    if (tensors === null) {
      makeSideFileRoom(folder, quantizedFileBytes(matrices, precision), { isUsable: isOfPresentSources })
      await writeQuantizedFile(path, matrices, precision, options)
      tensors = findTensors(path, matrices, precision)
    }
    if (tensors === null) throw new Error(`internal: ${path} is not what was written`)
    return { locations: new Map([...base.locations, ...tensors]), path, release }
  } catch (error) {
    await release()
    throw error
  }
}

/** As `readQuantizedFile`, with the file kept for this process from then on. */
function findTensors(path: string, matrices: Matrices, precision: QuantizedPrecision): WeightLocations | null {
  if (existsSync(path)) markSideFile(path)
  return readQuantizedFile(path, matrices, precision)
}

/** Where the side file of a base is, or would be, in a folder. */
export function quantizedFilePath(base: QuantizableBase, precision: QuantizedPrecision, weightsDir: string): string {
  return join(weightsDir, fileName(matricesOf(base), precision))
}

/** Every matrix of the base, the embedding table first. */
function matricesOf({ config, locations }: QuantizableBase): Matrices {
  return new Map(
    [...expectedTensors(config)].flatMap(([name, shape]) => {
      const location = locations.get(name)
      return shape.length === 2 && location !== undefined ? [[name, location] as const] : []
    }),
  )
}

/**
 * Begins with the name of the base's folder, for whoever looks at the disk. The rest tells bases apart by where they are stored and not by
 * what they hold, so that a base that has changed takes the place of its old file.
 */
function fileName(matrices: Matrices, precision: QuantizedPrecision): string {
  const locations = [...matrices.values()]
  const [first] = locations
  if (first === undefined) throw new Error('internal: a base without matrices')
  const places = [...new Set(locations.map(({ file }) => file))]
  // Several bases may lie in one checkpoint, each under names of its own.
  const hash = createHash('sha256').update(JSON.stringify([places, first.name])).digest('hex')
  return `${basename(dirname(first.file))}-${hash.slice(0, 16)}.${precision}.safetensors`
}
