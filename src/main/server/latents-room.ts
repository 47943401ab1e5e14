/** @file RPC room `latents`: each procedure is one call of the latent lab. It does not know how anything is computed. */
import { clusterLatents, projectLatents, spaceDistances } from '../latents/index.ts'
import type { ServerContext } from './context.ts'
import { declareErrorsOf } from './declare-errors.ts'
import { procedures } from './procedures.ts'

export const latentsRoom = {
  project: procedures.latents.project.handler(({ context, input, signal }) => declareErrorsOf(projectLatents(context.log.evaluations, input, { signal }))),
  cluster: procedures.latents.cluster.handler(({ context, input, signal }) => declareErrorsOf(clusterLatents(partsOf(context), input, { signal }))),
  distances: procedures.latents.distances.handler(({ context, input, signal }) => spaceDistances(partsOf(context), input.selection, { signal })),
}

function partsOf({ log, engine, sessions }: ServerContext) {
  return { log: log.evaluations, engine, requireModel: sessions.requireModel.bind(sessions) }
}
