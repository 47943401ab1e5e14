/** @file Latents of whole runs as points: projected to a plane, clustered, compared with vocabulary and context. It computes nothing. */
import { z } from 'zod'
import { clusterSetIdSchema, evaluationRunIdSchema } from './experiment-ids.ts'
import { nearestEntrySchema, weaveKindSchema } from './weave.ts'

export const latentSelectionSchema = z.object({
  runIds: z.array(evaluationRunIdSchema).min(1).max(50),
  /** One point a block (the mean of its K latents, as in the paper) or one a latent. */
  unit: z.enum(['block', 'latent']).default('block'),
  /** null takes both. */
  kind: weaveKindSchema.nullable().default(null),
  /** What the reasoner read, or the weaver's hidden states. */
  side: z.enum(['projected', 'woven']).default('projected'),
  /** Drawn evenly over the selection where there are more. */
  maxPoints: z.int().min(10).max(200_000).default(50_000),
})
export type LatentSelection = z.infer<typeof latentSelectionSchema>

export const projectionRequestSchema = z.object({
  selection: latentSelectionSchema,
  method: z.enum(['pca', 'umap']).default('pca'),
  seed: z.int().nonnegative().default(42),
  neighbors: z.int().min(2).max(200).default(15),
  minDist: z.number().min(0).max(1).default(0.1),
})
export type ProjectionRequest = z.infer<typeof projectionRequestSchema>

const int32s = z.instanceof(Int32Array<ArrayBufferLike>)
const float32s = z.instanceof(Float32Array<ArrayBufferLike>)

/** Entry i of every column is point i. Indices refer to the lists beside them. */
export const latentPointsSchema = z.object({
  x: float32s,
  y: float32s,
  runIds: z.array(evaluationRunIdSchema),
  run: int32s,
  sampleIds: z.array(z.string()),
  sample: int32s,
  repeat: int32s,
  turn: int32s,
  stepIndex: int32s,
  /** 0 prompt, 1 inference. */
  kind: int32s,
  /** Within its block; -1 where a point is a block. */
  latent: int32s,
  tasks: z.array(z.string()),
  task: int32s,
  /** NaN where it was not judged. */
  reward: float32s,
  norm: float32s,
  /** All latents of the selection; `x.length` of them are shown. */
  totalCount: z.int(),
  /** Shares of variance along x and y; null for UMAP. */
  explainedVariance: z.tuple([z.number(), z.number()]).nullable(),
  hiddenSize: z.int(),
})
export type LatentPoints = z.infer<typeof latentPointsSchema>

export const clusteringRequestSchema = z.object({
  selection: latentSelectionSchema,
  clusterCount: z.int().min(2).max(64).default(4),
  seed: z.int().nonnegative().default(42),
  /** Further seeds whose clusters are compared with these. */
  stabilitySeeds: z.int().min(0).max(20).default(5),
})
export type ClusteringRequest = z.infer<typeof clusteringRequestSchema>

export const clusteringSchema = z.object({
  /** Kept, so that a run can ablate one of its clusters. */
  clusterSetId: clusterSetIdSchema,
  /** Cluster of each point, in the order of the same selection's points. */
  cluster: int32s,
  sizes: z.array(z.int()),
  inertia: z.number(),
  /** Mean silhouette; over a seeded sample of the points where there are many. null with a cluster of all points. */
  silhouette: z.number().nullable(),
  silhouetteSampleCount: z.int(),
  calinskiHarabasz: z.number().nullable(),
  daviesBouldin: z.number().nullable(),
  /** Adjusted Rand index against each further seed. */
  stability: z.array(z.number()),
  /** Euclidean, between centroids [clusters, clusters]. */
  centroidDistances: z.array(z.array(z.number())),
  /** Nearest in embedding space, for each cluster; null where the weaver's space has no vocabulary. */
  nearest: z.array(z.array(nearestEntrySchema)).nullable(),
  /** Points by task and by right, wrong and unjudged, for each cluster. */
  byTask: z.array(z.array(z.object({ task: z.string(), count: z.int() }))),
  byOutcome: z.array(z.object({ right: z.int(), wrong: z.int(), unjudged: z.int() })),
  /** Points whose sample carries each failure mode, for each cluster. */
  byFailureMode: z.array(z.record(z.string(), z.int())),
})
export type Clustering = z.infer<typeof clusteringSchema>

/** Centres of inserted latents, of the prompts' and of the generated tokens' embeddings (the paper's Table 11). */
export const spaceDistancesSchema = z.object({
  contextToInserted: z.number(),
  contextToTrajectory: z.number(),
  insertedToTrajectory: z.number(),
  sampleCount: z.int(),
})
export type SpaceDistances = z.infer<typeof spaceDistancesSchema>
