/** @file RPC room `sweeps`: each procedure is one call of the sweeps' job. It does not know how anything is generated. */
import { procedures } from './procedures.ts'

export const sweepsRoom = {
  forecast: procedures.sweeps.forecast.handler(({ context, input, signal }) => context.sweeps.forecast(input, { signal })),
  start: procedures.sweeps.start.handler(({ context, input }) => context.sweeps.start(input)),
  list: procedures.sweeps.list.handler(async ({ context }) => ({ sweeps: await context.sweeps.list() })),
  get: procedures.sweeps.get.handler(({ context, input }) => context.sweeps.get(input.sweepId)),
  pause: procedures.sweeps.pause.handler(({ context, input }) => context.sweeps.pause(input.sweepId)),
  resume: procedures.sweeps.resume.handler(({ context, input }) => context.sweeps.resume(input.sweepId)),
  events: procedures.sweeps.events.handler(({ context, input, signal }) => context.sweeps.subscribe(input.sweepId, { signal })),
}
