/** @file RPC room `comparisons`: each procedure is one question about runs of the log. It does not know how anything is compared. */
import { comparedSamples, compareRuns } from '../comparison/index.ts'
import { procedures } from './procedures.ts'

export const comparisonsRoom = {
  compare: procedures.comparisons.compare.handler(({ context, input }) => compareRuns(context.log.evaluations, input)),
  samples: procedures.comparisons.samples.handler(({ context, input }) => comparedSamples(context.log.evaluations, input)),
}
