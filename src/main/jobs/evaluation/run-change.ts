/** @file What of a begun run's data, weights and placement is no longer what its results were computed from. It reads nothing. */
import type { EvaluationRun, Provenance } from '../../../shared/domain/evaluation.ts'
import type { PlacementChoice } from '../../../shared/domain/model.ts'

/** What a result would be computed from now. */
export interface RunBasis {
  readonly datasetId: string
  readonly files: Provenance['model']['files']
}

export type RunChange = { readonly kind: 'dataset' } | { readonly kind: 'weights'; readonly path: string } | { readonly kind: 'placement'; readonly before: string }

/** Results of other weights or other data in one run would be worth nothing. null where both are the same, or nothing was computed yet. */
export function findBasisChange({ datasetId }: Pick<EvaluationRun, 'datasetId'>, begun: Provenance | null, now: RunBasis): RunChange | null {
  if (datasetId !== null && datasetId !== now.datasetId) return { kind: 'dataset' }
  if (begun === null) return null
  const before = new Map(begun.model.files.map(({ path, sha256 }) => [path, sha256]))
  const changed = now.files.find(({ path, sha256 }) => before.get(path) !== sha256)
  return changed === undefined ? null : { kind: 'weights', path: changed.path }
}

/** Whether the run was computed where it would not be now; a device that fell back to the CPU would do so again. */
export function findPlacementChange({ device, precision, fallback }: Provenance, asked: PlacementChoice): RunChange | null {
  const isSameDevice = asked.device === 'auto' || asked.device === device || asked.device === fallback?.device
  return isSameDevice && asked.precision === precision ? null : { kind: 'placement', before: `${device}, ${precision}` }
}
