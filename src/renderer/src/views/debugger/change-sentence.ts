/** @file What a change would do, in one sentence. It does not know how the change is put together. */
import { plural } from '../../charts/format.ts'
import { visibleLine } from '../../components/visible-text.ts'
import type { LatentEdit, TraceChange } from '../../../../shared/domain/branch.ts'
import { configDifferences, type ChangePlace } from '../../stores/change-draft.ts'

export function changeSentence(change: TraceChange, { stepIndex, step, weave, config }: ChangePlace): string {
  switch (change.kind) {
    case 'none':
      return `Takes the generation up again at step ${stepIndex}.`
    case 'decision':
      if (change.decision === 1) return weave === null ? `Inserts latents before the token of step ${stepIndex}, whatever trigger and limit say.` : `Inserts latents before step ${stepIndex} again, as was decided there.`
      return weave === null ? `Inserts nothing before step ${stepIndex}, whatever the trigger says.` : `Leaves out the ${plural(weave.norms.length, 'latent')} before step ${stepIndex}.`
    case 'tokens': {
      const place = change.tokenIds.length === 1 ? `The token of step ${stepIndex}` : `The tokens of steps ${stepIndex} to ${stepIndex + change.tokenIds.length - 1}`
      return `${place}${step === null ? '' : `, now “${visibleLine(step.text)}”${change.tokenIds.length === 1 ? '' : ' first'},`} become${change.tokenIds.length === 1 ? 's' : ''} “${visibleLine(change.text)}”; generation goes on after that.`
    }
    case 'latents':
      return `${weave === null ? `Latents are inserted before step ${stepIndex}, and they` : `The ${plural(weave.norms.length, 'latent')} before step ${stepIndex}`} ${editSentence(change.edit)}.`
    case 'config': {
      const differences = config === null ? [] : configDifferences(config, change.config)
      return differences.length === 0 ? `Goes on from step ${stepIndex} with the settings it has.` : `From step ${stepIndex} on: ${differences.join(', ')}.`
    }
    default:
      return change satisfies never
  }
}

function editSentence(edit: LatentEdit): string {
  switch (edit.kind) {
    case 'zero':
      return 'become zero vectors'
    case 'mean':
      return 'each become the mean of all of them'
    case 'scale':
      return `are multiplied by ${edit.factor}`
    case 'shuffle':
      return 'change places at random'
    case 'random-norm':
      return 'get random directions and keep their norms'
    case 'pause':
      return `become the embedding of the token “${visibleLine(String(edit.token))}”`
    case 'other':
      return 'become those of another sample'
    case 'drop-cluster':
      return `are left out where cluster ${edit.cluster} is among the ${edit.topK} nearest of their mean`
    case 'swap':
      return 'become those of the chosen block'
    case 'drop':
      return `lose ${edit.latents.length === 1 ? `latent ${edit.latents.join()}` : `latents ${edit.latents.join(', ')}`}: the block gets shorter`
    default:
      return edit satisfies never
  }
}
