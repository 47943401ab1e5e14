/** @file What a run is computed with and from, found out before its first result. It does not know what is computed. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Provenance } from '../../../shared/domain/evaluation.ts'
import type { LoadedModel, ModelLocation } from '../../../shared/domain/model.ts'
import type { DatasetStamp } from '../../../shared/domain/task.ts'
import type { FileHashes, HashFilesOptions } from './file-hashes.ts'
import { readProjectCommit } from './project-commit.ts'

export interface ProvenanceParts {
  readonly hashes: FileHashes
  /** A folder of the project. */
  readonly projectDir: string
  /** Of the libraries that compute. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * Of a run whose model is loaded.
 * @throws what reading the weights throws, or the signal's reason
 */
export async function takeProvenance(
  { hashes, projectDir, versions }: ProvenanceParts,
  { location, dataset, loaded }: { location: ModelLocation; dataset: DatasetStamp; loaded: Pick<LoadedModel, 'device' | 'precision' | 'fallback'> },
  options: HashFilesOptions,
): Promise<Provenance> {
  return {
    model: { location, files: await hashes.hashFolders(foldersOf(location), options) },
    dataset,
    commit: readProjectCommit(projectDir),
    versions: { ...versions },
    device: loaded.device,
    precision: loaded.precision,
    fallback: loaded.fallback,
    host: describeHost(),
  }
}

/** The machine that this process runs on. */
export function describeHost(): Provenance['host'] {
  return { platform: `${process.platform} ${process.arch}`, cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), memoryBytes: totalmem() }
}

/** Every folder that the location names, as often as it does. */
export function foldersOf({ reasonerDir, weaverDir, triggerDir, checkpointDir }: ModelLocation): string[] {
  return [reasonerDir, weaverDir, triggerDir, checkpointDir].flatMap((folder) => folder ?? [])
}
