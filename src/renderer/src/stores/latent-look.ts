/** @file How latents are looked at, kept between visits. */
import { z } from 'zod'
import { pointColourings } from '../charts/point-categories.ts'
import { clusteringRequestSchema, latentSelectionSchema, projectionRequestSchema } from '../../../shared/domain/latent-lab.ts'

export const labLookSchema = z.object({
  ...latentSelectionSchema.omit({ runIds: true }).shape,
  ...projectionRequestSchema.omit({ selection: true }).shape,
  clusterCount: clusteringRequestSchema.shape.clusterCount,
  colouring: z.enum(pointColourings).default('kind'),
})
export type LabLook = z.infer<typeof labLookSchema>
