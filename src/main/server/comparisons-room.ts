/** @file RPC room `comparisons`: each procedure is one question about runs of the log. It does not know how anything is compared. */
import { benefitPoints, comparedSamples, compareRuns, triggerStatistics } from '../comparison/index.ts'
import { declareErrorsOf } from './declare-errors.ts'
import { procedures } from './procedures.ts'

export const comparisonsRoom = {
  compare: procedures.comparisons.compare.handler(({ context, input }) => compareRuns(context.log.evaluations, input)),
  samples: procedures.comparisons.samples.handler(({ context, input }) => comparedSamples(context.log.evaluations, input)),
  triggerStatistics: procedures.comparisons.triggerStatistics.handler(({ context, input }) => declareErrorsOf(triggerStatistics(context.log.evaluations, input))),
  benefit: procedures.comparisons.benefit.handler(async ({ context, input }) => ({ points: await benefitPoints(context.log.evaluations, context.log.sweeps, input.runId) })),
}
