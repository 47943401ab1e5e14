/** @file RPC room `log`: reads the experiment log; the state of a trace comes from the sessions room, which knows what lives. */
import type { TraceId } from '../../shared/domain/identifiers.ts'
import { TraceNotFoundError } from '../log/index.ts'
import { procedures } from './procedures.ts'

export const logRoom = {
  traces: procedures.log.traces.handler(({ context, input }) => context.log.listTraces(input)),
  trace: procedures.log.trace.handler(async ({ context, input }) => {
    const trace = found(await context.log.getTrace(input.traceId), input.traceId)
    return { trace, state: context.sessions.state(trace.header) }
  }),
  overview: procedures.log.overview.handler(async ({ context, input }) => {
    const trace = found(await context.log.getOverview(input.traceId), input.traceId)
    return { trace, state: context.sessions.state(trace.header) }
  }),
  steps: procedures.log.steps.handler(async ({ context, input }) => found(await context.log.stepsBetween(input.traceId, input.from, input.to), input.traceId)),
  branches: procedures.log.branches.handler(async ({ context, input }) => ({ traces: found(await context.log.listBranches(input.traceId), input.traceId) })),
  prompts: procedures.log.prompts.handler(async ({ context }) => ({ prompts: await context.log.prompts.list() })),
  savePrompt: procedures.log.savePrompt.handler(({ context, input }) => context.log.prompts.save(input)),
  removePrompt: procedures.log.removePrompt.handler(async ({ context, input }) => {
    await context.log.prompts.remove(input.id)
  }),
}

function found<Value>(value: Value | undefined, traceId: TraceId): Value {
  if (value === undefined) throw new TraceNotFoundError(traceId)
  return value
}
