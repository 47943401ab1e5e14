/** @file RPC room `system`. It does not know what the engine computes. */
import type { EngineStatus } from '../../shared/domain/engine-status.ts'
import { Mailbox } from '../sessions/index.ts'
import { procedures } from './procedures.ts'

export const systemRoom = {
  about: procedures.system.about.handler(({ context }) => context.about),
  engineStatus: procedures.system.engineStatus.handler(async function* ({ context, signal }) {
    const mailbox = new Mailbox<EngineStatus>()
    mailbox.post(context.engine.status)
    const stopListening = context.engine.onStatus((status) => mailbox.post(status))
    const close = (): void => mailbox.close()
    signal?.addEventListener('abort', close, { once: true })
    try {
      yield* mailbox.read()
    } finally {
      signal?.removeEventListener('abort', close)
      stopListening()
    }
  }),
}
