/** @file RPC room `evaluations`: each procedure is one call of the job, or one question to the log. It does not know how anything is generated. */
import type { ResultKey } from '../../shared/domain/evaluation.ts'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import { ablationSetOf, parseGrid, printGrid } from '../jobs/index.ts'
import { EvaluationNotFoundError } from '../log/index.ts'
import { isSameGeneration } from '../sessions/index.ts'
import type { ServerContext } from './context.ts'
import { procedures } from './procedures.ts'

export const evaluationsRoom = {
  forecast: procedures.evaluations.forecast.handler(({ context, input, signal }) => context.evaluations.forecast(input, { signal })),
  start: procedures.evaluations.start.handler(({ context, input }) => context.evaluations.start(input)),
  parse: procedures.evaluations.parse.handler(({ input }) => parseGrid(input.yaml)),
  print: procedures.evaluations.print.handler(({ input }) => ({ yaml: printGrid(input) })),
  experiments: procedures.evaluations.experiments.handler(async ({ context }) => ({ experiments: await context.log.evaluations.listExperiments() })),
  runs: procedures.evaluations.runs.handler(async ({ context }) => ({ runs: await context.evaluations.list() })),
  run: procedures.evaluations.run.handler(({ context, input }) => context.evaluations.get(input.runId)),
  query: procedures.evaluations.query.handler(async ({ context, input }) => {
    const startedAt = performance.now()
    const runIds = await context.evaluations.query(input.sql)
    return { runIds, elapsedMs: performance.now() - startedAt }
  }),
  results: procedures.evaluations.results.handler(async ({ context, input }) => {
    await context.evaluations.get(input.runId)
    return context.log.evaluations.listResults(input)
  }),
  result: procedures.evaluations.result.handler(({ context, input }) => requireResult(context, input)),
  pause: procedures.evaluations.pause.handler(({ context, input }) => context.evaluations.pause(input.runIds)),
  resume: procedures.evaluations.resume.handler(({ context, input }) => context.evaluations.resume(input.runIds)),
  cancel: procedures.evaluations.cancel.handler(({ context, input }) => context.evaluations.cancel(input.runIds)),
  rescore: procedures.evaluations.rescore.handler(({ context, input, signal }) => context.evaluations.rescore(input.runId, input.scoring, { signal })),
  audit: procedures.evaluations.audit.handler(({ context, input }) => context.evaluations.audit(input.key, input.verdict)),
  annotate: procedures.evaluations.annotate.handler(async ({ context, input: { runIds, addTags, removeTags, note, isStarred, isTrashed } }) => {
    const written = { addTags, removeTags, ...(note !== undefined && { note }), ...(isStarred !== undefined && { isStarred }), ...(isTrashed !== undefined && { isTrashed }) }
    return { runs: await context.evaluations.annotate(runIds, written) }
  }),
  views: procedures.evaluations.views.handler(async ({ context }) => ({ views: await context.log.evaluations.listViews() })),
  saveView: procedures.evaluations.saveView.handler(({ context, input }) => context.log.evaluations.saveView(input.name, input.view)),
  removeView: procedures.evaluations.removeView.handler(({ context, input }) => context.log.evaluations.removeView(input.id)),
  openTrace: procedures.evaluations.openTrace.handler(({ context, input }) => openTrace(context, input.key, input.turn)),
  events: procedures.evaluations.events.handler(({ context, signal }) => context.evaluations.subscribe({ signal })),
  ablationSet: procedures.evaluations.ablationSet.handler(async ({ context, input }) => ablationSetOf(await context.evaluations.get(input.runId))),
  experimentOf: procedures.evaluations.experimentOf.handler(async ({ context, input }) => {
    const experiment = await context.log.evaluations.getExperiment(input.experimentId)
    if (experiment === undefined) throw new EvaluationNotFoundError(input.experimentId, { what: 'experiment' })
    return experiment
  }),
}

async function requireResult({ log }: ServerContext, key: ResultKey) {
  const found = await log.evaluations.getResult(key)
  if (found === undefined) throw EvaluationNotFoundError.ofResult(key)
  return found
}

/** The replay that was made before, or a new one. */
async function openTrace(context: ServerContext, key: ResultKey, turn: number): Promise<{ traceId: TraceId; isSame: boolean }> {
  const { plan } = await context.evaluations.get(key.runId)
  const recorded = (await requireResult(context, key)).turns[turn]
  if (recorded === undefined) throw EvaluationNotFoundError.ofResult(key)
  const { prompt, record } = recorded
  const former = await context.log.evaluations.findReplay(key, turn)
  const trace = former === undefined ? undefined : await context.log.getTrace(former)
  if (trace !== undefined) return { traceId: trace.header.id, isSame: isSameGeneration(trace.steps, record) }
  const donors = await context.log.evaluations.donorsOf(key.runId)
  return context.sessions.replay({ origin: { ...key, turn }, modelId: plan.modelId, prompt, config: plan.config, record, donors })
}
