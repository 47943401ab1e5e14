/** @file RPC room `profiles`. It does not know how a profile is taken. */
import { ModelNotFoundError } from '../sessions/index.ts'
import { toRpcError } from './declare-errors.ts'
import { procedures } from './procedures.ts'

export const profilesRoom = {
  take: procedures.profiles.take.handler(async function* ({ context, input: { modelId, ...order }, signal }) {
    try {
      const model = await context.modelLibrary.find(modelId)
      if (model === null) throw new ModelNotFoundError(modelId)
      yield* context.profiler.take({ model, ...order }, { signal })
    } catch (error) {
      throw toRpcError(error) // a stream's failures pass by what declares those of other procedures
    }
  }),
}
