/** @file RPC room `latents`: the latent lab. Long computations tell how far they are and end with their answer; leaving them stops them. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { clusteringRequestSchema, clusteringSchema, latentPointsSchema, latentSelectionSchema, projectionRequestSchema, spaceDistancesSchema } from '../domain/latent-lab.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, EVALUATION_NOT_FOUND, LATENTS_UNAVAILABLE, LOG_UNAVAILABLE, MODEL_NOT_FOUND } = declaredErrors

const progressSchema = z.object({ kind: z.literal('progress'), fraction: z.number() })

export const latentsContract = {
  project: oc
    .errors({ EVALUATION_NOT_FOUND, LATENTS_UNAVAILABLE, LOG_UNAVAILABLE })
    .input(projectionRequestSchema)
    .output(eventIterator(z.discriminatedUnion('kind', [progressSchema, z.object({ kind: z.literal('points'), points: latentPointsSchema })]))),
  cluster: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, EVALUATION_NOT_FOUND, LATENTS_UNAVAILABLE, LOG_UNAVAILABLE, MODEL_NOT_FOUND })
    .input(clusteringRequestSchema)
    .output(eventIterator(z.discriminatedUnion('kind', [progressSchema, z.object({ kind: z.literal('clustering'), clustering: clusteringSchema })]))),
  /** Needs the run's model: token embeddings are read from it. */
  distances: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, EVALUATION_NOT_FOUND, LATENTS_UNAVAILABLE, LOG_UNAVAILABLE, MODEL_NOT_FOUND })
    .input(z.object({ selection: latentSelectionSchema }))
    .output(spaceDistancesSchema),
}
