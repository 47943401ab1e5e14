/**
 * @file All that a stopped run needs to go on with the same numbers, in one safetensors file. Knows neither the run's loop nor
 * the checkpoint it ends with.
 *
 * One file and not a folder, because a file can be replaced in one rename: whenever the process or the machine dies, the old
 * state is there or the whole new one.
 */
import { z } from 'zod'
import { writeFileAtomically } from '../checkpoint/atomic-file.ts'
import { CheckpointFormatError, showShape } from '../checkpoint/errors.ts'
import { readSafetensorsHeader, readTensor, type SafetensorsHeader } from '../checkpoint/index.ts'
import { acceptJson, parseJson } from '../checkpoint/json-file.ts'
import { safetensorsChunks } from '../checkpoint/safetensors-writer.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import type { AdamWState } from './adamw.ts'
import { ParameterSet } from './parameter-set.ts'

export interface TrainingState<Progress> {
  readonly parameters: ParameterSet
  /** The best by validation so far; null before the first evaluation. */
  readonly bestParameters: ParameterSet | null
  readonly optimizer: AdamWState
  /** Counters, generator states and whatever else the loop has: plain JSON. */
  readonly progress: Progress
}

export interface WriteTrainingStateOptions {
  /** @default writeFileAtomically */
  readonly writeFile?: (path: string, chunks: Iterable<Uint8Array>) => void
}

/** Prefixes of tensor names in the file. */
const prefixes = {
  parameters: 'parameters.',
  bestParameters: 'best_parameters.',
  firstMoments: 'first_moments.',
  secondMoments: 'second_moments.',
} as const

/** Keys of the file's metadata; both hold JSON. */
const metadataKeys = { steps: 'optimizer_steps', progress: 'progress' } as const

const stepsSchema = z.record(z.string(), z.int().nonnegative())

/** Replaces the state at `path`. Throws the file system's error (disk full) with the previous state in place. */
export function writeTrainingState<Progress>(
  path: string,
  { parameters, bestParameters, optimizer, progress }: TrainingState<Progress>,
  { writeFile = writeFileAtomically }: WriteTrainingStateOptions = {},
): void {
  const tensors = new Map([
    ...tensorsOf(prefixes.parameters, parameters),
    ...(bestParameters === null ? [] : tensorsOf(prefixes.bestParameters, bestParameters)),
    ...tensorsOf(prefixes.firstMoments, optimizer.firstMoments),
    ...tensorsOf(prefixes.secondMoments, optimizer.secondMoments),
  ])
  const metadata = { [metadataKeys.steps]: JSON.stringify(optimizer.steps), [metadataKeys.progress]: JSON.stringify(progress) }
  writeFile(path, safetensorsChunks(tensors, metadata))
}

/**
 * Reads a state back, bit for bit.
 * @param layout names and shapes of the run that wants to go on; a state of other parameters is refused
 * @throws CheckpointFormatError naming the file, and the tensor or field that does not fit
 */
export function readTrainingState<Progress>(path: string, layout: ParameterSet, progressSchema: z.ZodType<Progress>): TrainingState<Progress> {
  const header = readSafetensorsHeader(path)
  refuseUnknownTensors(header, layout)
  const hasBest = [...header.entries.keys()].some((name) => name.startsWith(prefixes.bestParameters))
  return {
    parameters: readSet(header, prefixes.parameters, layout),
    bestParameters: hasBest ? readSet(header, prefixes.bestParameters, layout) : null,
    optimizer: {
      firstMoments: readSet(header, prefixes.firstMoments, layout),
      secondMoments: readSet(header, prefixes.secondMoments, layout),
      steps: readSteps(header, layout),
    },
    progress: acceptJson(path, readMetadata(header, metadataKeys.progress), progressSchema),
  }
}

function tensorsOf(prefix: string, set: ParameterSet): [string, HostTensor][] {
  return set.list().map(({ name, shape }) => [prefix + name, hostTensor(shape, set.view(name))])
}

function readSet(header: SafetensorsHeader, prefix: string, layout: ParameterSet): ParameterSet {
  return ParameterSet.from(layout.list().map(({ name, shape }) => ({ name, shape, data: readOne(header, prefix + name, shape) })))
}

function readOne(header: SafetensorsHeader, tensorName: string, shape: readonly number[]): Float32Array {
  const place = { path: header.path, tensorName }
  const entry = header.entries.get(tensorName)
  if (entry === undefined) throw new CheckpointFormatError(place, 'expected it in the state of this run, found none')
  if (entry.dtype !== 'F32' || showShape(entry.shape) !== showShape(shape)) {
    throw new CheckpointFormatError(place, `expected F32 ${showShape(shape)}, found ${entry.dtype} ${showShape(entry.shape)}`)
  }
  return readTensor({ ...entry, name: tensorName, file: header.path }).data
}

function refuseUnknownTensors(header: SafetensorsHeader, layout: ParameterSet): void {
  const known = new Set(Object.values(prefixes).flatMap((prefix) => layout.names.map((name) => prefix + name)))
  const tensorName = [...header.entries.keys()].find((name) => !known.has(name))
  if (tensorName !== undefined) {
    throw new CheckpointFormatError({ path: header.path, tensorName }, 'expected only parameters that this run trains, found another')
  }
}

function readSteps(header: SafetensorsHeader, layout: ParameterSet): Record<string, number> {
  const steps = acceptJson(header.path, readMetadata(header, metadataKeys.steps), stepsSchema)
  const missing = layout.names.find((name) => steps[name] === undefined)
  if (missing !== undefined) throw new CheckpointFormatError({ path: header.path, tensorName: missing }, 'expected a count of its steps, found none')
  return steps
}

function readMetadata(header: SafetensorsHeader, field: string): unknown {
  const text = header.metadata[field]
  if (text === undefined) throw new CheckpointFormatError({ path: header.path, field }, 'expected it in __metadata__, found none')
  return parseJson(header.path, text)
}
