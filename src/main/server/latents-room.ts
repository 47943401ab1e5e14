/** @file RPC room `latents`: each procedure is one call of the latent lab. It does not know how anything is computed. */
import { clusterLatents, projectLatents, spaceDistances } from '../latents/index.ts'
import type { ServerContext } from './context.ts'
import { toRpcError } from './declare-errors.ts'
import { procedures } from './procedures.ts'

export const latentsRoom = {
  project: procedures.latents.project.handler(({ context, input, signal }) => declareErrorsOf(projectLatents(context.log.evaluations, input, until(signal)))),
  cluster: procedures.latents.cluster.handler(({ context, input, signal }) => declareErrorsOf(clusterLatents(partsOf(context), input, until(signal)))),
  distances: procedures.latents.distances.handler(({ context, input, signal }) => spaceDistances(partsOf(context), input.selection, until(signal))),
}

function partsOf({ log, engine, sessions }: ServerContext) {
  return { log: log.evaluations, engine, requireModel: sessions.requireModel.bind(sessions) }
}

/** What a stream throws passes by the procedures' own catch. */
async function* declareErrorsOf<Message>(stream: AsyncGenerator<Message, void, undefined>): AsyncGenerator<Message, void, undefined> {
  try {
    yield* stream
  } catch (error) {
    throw toRpcError(error)
  }
}

/** Whoever stops listening stops the computation. */
function until(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
