/** @file RPC room `log`: reads the experiment log; the state of a trace comes from the sessions room, which knows what lives. */
import { TraceNotFoundError } from '../sessions/index.ts'
import { procedures } from './procedures.ts'

export const logRoom = {
  traces: procedures.log.traces.handler(({ context, input }) => context.log.listTraces(input)),
  trace: procedures.log.trace.handler(async ({ context, input }) => {
    const trace = await context.log.getTrace(input.traceId)
    if (trace === undefined) throw new TraceNotFoundError(input.traceId)
    return { trace, state: context.sessions.state(trace.header) }
  }),
}
