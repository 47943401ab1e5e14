/** @file What was changed in a branch, in words. It does not know where they are shown. */
import { formatNumber, plural } from '../../charts/format.ts'
import { visibleLine } from '../../components/visible-text.ts'
import type { AppliedChange, LatentEdit, TraceChange } from '../../../../shared/domain/branch.ts'

/** "step 12: latents zeroed" */
export function appliedChangeWords({ stepIndex, change }: AppliedChange): string {
  return `step ${stepIndex}: ${changeWords(change)}`
}

export function changeWords(change: TraceChange): string {
  switch (change.kind) {
    case 'none':
      return 'taken up again'
    case 'decision':
      return change.decision === 1 ? 'insertion forced' : 'insertion declined'
    case 'tokens':
      return `token${change.tokenIds.length === 1 ? '' : 's'} “${visibleLine(change.text)}”`
    case 'latents':
      return `latents ${editWords(change.edit)}`
    case 'config':
      return 'other settings from here'
    default:
      return change satisfies never
  }
}

export function editWords(edit: LatentEdit): string {
  switch (edit.kind) {
    case 'zero':
      return 'zeroed'
    case 'mean':
      return 'replaced by their mean'
    case 'scale':
      return `scaled by ${formatNumber(edit.factor)}`
    case 'shuffle':
      return 'shuffled'
    case 'random-norm':
      return 'random, norms kept'
    case 'other':
      return 'of another sample'
    case 'pause':
      return `replaced by the pause token ${typeof edit.token === 'number' ? edit.token : `“${visibleLine(edit.token)}”`}`
    case 'drop-cluster':
      return `left out near cluster ${edit.cluster}`
    case 'swap':
      return `of block ${edit.weaveId}`
    case 'drop':
      return `without ${plural(edit.latents.length, 'latent')} (${edit.latents.join(', ')})`
    default:
      return edit satisfies never
  }
}
