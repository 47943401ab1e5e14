/** @file RPC room `system`. It does not know what the engine computes. */
import type { EngineStatus } from '../../shared/domain/engine-status.ts'
import { follow } from './follow.ts'
import { procedures } from './procedures.ts'

export const systemRoom = {
  about: procedures.system.about.handler(({ context }) => context.about),
  engineStatus: procedures.system.engineStatus.handler(({ context: { engine }, signal }) => {
    const fromNowOn = (tell: (status: EngineStatus) => void): (() => void) => {
      tell(engine.status)
      return engine.onStatus(tell)
    }
    return follow(fromNowOn, { signal })
  }),
}
