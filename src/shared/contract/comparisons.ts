/** @file RPC room `comparisons`: what runs say about each other, and where their memory was inserted. It does not know how that is computed. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { comparedSampleSchema, comparedSamplesRequestSchema, comparisonRequestSchema, comparisonSchema } from '../domain/comparison.ts'
import { evaluationRunIdSchema } from '../domain/experiment-ids.ts'
import { benefitPointSchema, triggerStatisticsEventSchema, triggerStatisticsRequestSchema } from '../domain/trigger-statistics.ts'
import { declaredErrors } from '../errors.ts'

const { EVALUATION_NOT_FOUND, LOG_UNAVAILABLE } = declaredErrors

export const comparisonsContract = {
  compare: oc.errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE }).input(comparisonRequestSchema).output(comparisonSchema),
  /** Samples side by side, in the order of the dataset. */
  samples: oc
    .errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE })
    .input(comparedSamplesRequestSchema)
    .output(z.object({ samples: z.array(comparedSampleSchema), total: z.int() })),
  /** Counts for seconds in long runs; leaving it stops it. */
  triggerStatistics: oc
    .errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE })
    .input(triggerStatisticsRequestSchema)
    .output(eventIterator(triggerStatisticsEventSchema)),
  /** From every sweep with a reference answer under the model of this run. */
  benefit: oc.errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE }).input(z.object({ runId: evaluationRunIdSchema })).output(z.object({ points: z.array(benefitPointSchema) })),
}
