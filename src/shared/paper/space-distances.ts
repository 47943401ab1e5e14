/** @file Where the paper's inserted latents lie: Euclidean distances between centres (arXiv 2509.24704 as reviewed, Table 11). It does not know one's own runs. */
import type { SpaceDistances } from '../domain/latent-lab.ts'

export const publishedSpaceDistances: readonly (Omit<SpaceDistances, 'sampleCount'> & { readonly task: string })[] = [
  { task: 'GPQA', contextToInserted: 165.311, contextToTrajectory: 64.18, insertedToTrajectory: 185.315 },
  { task: 'KodCode', contextToInserted: 227.108, contextToTrajectory: 96.831, insertedToTrajectory: 197.105 },
]
