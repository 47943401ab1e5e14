/** @file RPC room `profiles`. It does not know how a profile is taken. */
import { toRpcError } from './declare-errors.ts'
import { requireModel } from './model-library.ts'
import { procedures } from './procedures.ts'

export const profilesRoom = {
  take: procedures.profiles.take.handler(async function* ({ context, input: { modelId, ...order }, signal }) {
    try {
      yield* context.profiler.take({ model: await requireModel(context.modelLibrary, modelId), ...order }, { signal })
    } catch (error) {
      throw toRpcError(error) // a stream's failures pass by what declares those of other procedures
    }
  }),
}
