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
export function importLines({ kind, runIds, curvesIds, resultCount, skippedCount }: ImportResult): string[] {
  const skipped = kind === 'tensorboard' ? `${plural(skippedCount, 'set')} of curves` : plural(skippedCount, 'run')
  const lines = [
    ...(runIds.length > 0 ? [`${plural(runIds.length, 'run')} with ${plural(resultCount, 'new result')}`] : []),
    ...(curvesIds.length > 0 ? [`${plural(curvesIds.length, 'set')} of curves, shown under Train`] : []),
    ...(skippedCount > 0 ? [`${skipped} here already`] : []),
  ]
  return [kindNames[kind], ...(lines.length === 0 ? ['Nothing in it is new'] : lines)]
}
