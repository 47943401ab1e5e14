/** @file What may be done to latents before anybody reads them (docs/DESIGN.md 4.8), as data. It does not know how it is computed. */
import { z } from 'zod'
import { clusterSetIdSchema } from './experiment-ids.ts'

export const latentInterventionSchema = z.discriminatedUnion('kind', [
  /** All latents become zero vectors. */
  z.object({ kind: z.literal('zero') }),
  /** Each of the K latents of an insertion becomes the mean of all K. */
  z.object({ kind: z.literal('mean') }),
  /** Each latent is multiplied by the factor. */
  z.object({ kind: z.literal('scale'), factor: z.number() }),
  /** The K latents of an insertion change places, in an order drawn anew for each insertion. */
  z.object({ kind: z.literal('shuffle') }),
  /** Each latent keeps its L2 norm and gets a direction drawn from an isotropic Gaussian. */
  z.object({ kind: z.literal('random-norm') }),
  /** The latents woven at the same insertion, counted apart for prompt and inference, of another sample. */
  z.object({ kind: z.literal('other') }),
  /** Each latent becomes the embedding of one token, given by its id or by the text that encodes to it alone. */
  z.object({ kind: z.literal('pause'), token: z.union([z.string().min(1), z.int().nonnegative()]).default('.') }),
  /**
   * The paper's cluster ablation (Appendix H): the whole block is left out where the cluster's centroid is among the `topK` cosine
   * neighbours of the block's mean latent, within the vocabulary's embeddings and all centroids of the set.
   */
  z.object({ kind: z.literal('drop-cluster'), clusterSetId: clusterSetIdSchema, cluster: z.int().nonnegative(), topK: z.int().min(1).max(1000).default(10) }),
])
export type LatentIntervention = z.infer<typeof latentInterventionSchema>

export const latentInterventionKinds = ['zero', 'mean', 'scale', 'shuffle', 'random-norm', 'other', 'pause', 'drop-cluster'] as const satisfies readonly LatentIntervention['kind'][]
