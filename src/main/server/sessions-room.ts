/** @file RPC room `sessions`: each procedure is one call of the sessions room. */
import { procedures } from './procedures.ts'

export const sessionsRoom = {
  open: procedures.sessions.open.handler(({ context, input }) => context.sessions.open(input)),
  advance: procedures.sessions.advance.handler(({ context, input }) => context.sessions.advance(input.traceId, input.until)),
  pause: procedures.sessions.pause.handler(({ context, input }) => context.sessions.pause(input.traceId)),
  restart: procedures.sessions.restart.handler(({ context, input }) => context.sessions.restart(input.traceId)),
  events: procedures.sessions.events.handler(({ context, input, signal }) => context.sessions.subscribe(input.traceId, { fromStep: input.fromStep, signal })),
}
