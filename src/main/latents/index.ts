/** @file The room's door: latents of whole runs as points, clusters and distances. It does not know views or RPC. */
export { clusterLatents } from './cluster-latents.ts'
export { LatentsUnavailableError } from './errors.ts'
export { projectLatents } from './project-latents.ts'
export { spaceDistances } from './space-distances.ts'
