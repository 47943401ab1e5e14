/** @file What an import brought, in words. It does not know where they are shown. */
import { plural } from '../../charts/format.ts'
import type { ImportResult } from '../../../../shared/domain/transfer.ts'

const kindNames: Readonly<Record<ImportResult['kind'], string>> = {
  bundle: 'A bundle of a workbench',
  'answer-json': 'An answer.json',
  'lm-eval-samples': 'Samples of lm-evaluation-harness',
  tensorboard: 'TensorBoard events',
}

/** Of nothing that did not happen, but never of nothing at all. */
export function importLines({ kind, runIds, curvesIds, resultCount, skippedRunCount }: ImportResult): string[] {
  const lines = [
    ...(runIds.length > 0 ? [`${plural(runIds.length, 'run')} with ${plural(resultCount, 'new result')}`] : []),
    ...(curvesIds.length > 0 ? [`${plural(curvesIds.length, 'set')} of curves, shown under Train`] : []),
    ...(skippedRunCount > 0 ? [`${plural(skippedRunCount, 'run')} here already`] : []),
  ]
  return [kindNames[kind], ...(lines.length === 0 ? ['Nothing in it is new'] : lines)]
}
