/** @file What may be done to latents, in a few words each, and how one is chosen. */
import type { LatentIntervention } from '../../../../shared/domain/latent-intervention.ts'

export type InterventionKind = LatentIntervention['kind']

export const interventionTitles: Readonly<Record<InterventionKind, string>> = {
  zero: 'Zero vectors',
  mean: 'Their mean, each',
  scale: 'Scaled',
  shuffle: 'Shuffled',
  'random-norm': 'Random, norms kept',
  other: 'Of another sample',
  pause: 'A pause token',
  'drop-cluster': 'Without a cluster',
}

/** A cluster is chosen where clusters are seen; here the others are offered. */
export const offeredInterventions = ['zero', 'mean', 'scale', 'shuffle', 'random-norm', 'other', 'pause'] as const satisfies readonly InterventionKind[]

export function defaultIntervention(kind: (typeof offeredInterventions)[number]): LatentIntervention {
  switch (kind) {
    case 'scale':
      return { kind, factor: 0.5 }
    case 'pause':
      return { kind, token: '.' }
    default:
      return { kind }
  }
}
