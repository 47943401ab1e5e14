/** @file RPC room `sessions`: each procedure is one call of the sessions room, or a question to the engine about a loaded model. It does not know how anything is generated. */
import { procedures } from './procedures.ts'

export const sessionsRoom = {
  open: procedures.sessions.open.handler(({ context, input }) => context.sessions.open(input)),
  advance: procedures.sessions.advance.handler(({ context, input: { traceId, ...options } }) => context.sessions.advance(traceId, options)),
  pause: procedures.sessions.pause.handler(({ context, input }) => context.sessions.pause(input.traceId)),
  changeBreakpoints: procedures.sessions.changeBreakpoints.handler(({ context, input: { traceId, ...change } }) => context.sessions.changeBreakpoints(traceId, change)),
  restart: procedures.sessions.restart.handler(({ context, input }) => context.sessions.restart(input.traceId)),
  fork: procedures.sessions.fork.handler(({ context, input }) => context.sessions.fork(input)),
  setTwin: procedures.sessions.setTwin.handler(({ context, input }) => context.sessions.setTwin(input.traceId, input.isEnabled)),
  preview: procedures.sessions.preview.handler(async ({ context, input, signal }) => {
    await context.sessions.requireModel(input.modelId)
    return context.engine.call('preview', input, { signal })
  }),
  tokenize: procedures.sessions.tokenize.handler(async ({ context, input, signal }) => {
    await context.sessions.requireModel(input.modelId)
    return { tokens: await context.engine.call('tokenize', input, { signal }) }
  }),
  certify: procedures.sessions.certify.handler(({ context, input }) => context.sessions.certify(input.traceId)),
  events: procedures.sessions.events.handler(({ context, input, signal }) => context.sessions.subscribe(input.traceId, { fromStep: input.fromStep, signal })),
}
