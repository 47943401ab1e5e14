/** @file Files of a model named by the part they belong to, so that two checkpoints in different folders can be compared. It reads no files. */
import type { Provenance } from '../../shared/domain/evaluation.ts'
import type { ModelLocation } from '../../shared/domain/model.ts'

/** `checkpoint/weaver/adapter_model.safetensors`, or the path as it is where it lies in no folder of the model. */
export function placeModelFile(path: string, { reasonerDir, weaverDir, triggerDir, checkpointDir }: ModelLocation): string {
  const folders = { checkpoint: checkpointDir, weaver: weaverDir, trigger: triggerDir, reasoner: reasonerDir }
  for (const [role, folder] of Object.entries(folders)) {
    if (folder === undefined) continue
    const start = folder.replace(/[\\/]$/, '').length
    if (path.startsWith(folder.slice(0, start)) && /[\\/]/.test(path[start] ?? '')) return `${role}/${path.slice(start + 1)}`
  }
  return path
}

/** SHA-256 of every file by its place in the model; a prefix such as `reasoner/` takes that part alone. */
export function modelHashes({ model }: Provenance, part = ''): string {
  const places = model.files.map(({ path, sha256 }) => `${placeModelFile(path, model.location)} ${sha256}`)
  return places.filter((place) => place.startsWith(part)).sort().join('\n')
}
