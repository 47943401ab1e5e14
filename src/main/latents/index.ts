/** @file The room's door: latents of whole runs as points, clusters and distances. It does not know views or RPC. */
export { clusterLatents, type ClusteringMessage } from './cluster-latents.ts'
export { LatentsUnavailableError } from './errors.ts'
export { projectLatents, type ProjectionMessage } from './project-latents.ts'
export { spaceDistances } from './space-distances.ts'
