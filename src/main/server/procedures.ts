/** @file The contract with this server's context and its way of reporting failures; the rooms implement its parts. It knows none of them. */
import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/index.ts'
import type { ServerContext } from './context.ts'
import { toRpcError } from './declare-errors.ts'

export const procedures = implement(contract)
  .$context<ServerContext>()
  .use(async ({ next }) => {
    try {
      return await next()
    } catch (error) {
      throw toRpcError(error)
    }
  })
