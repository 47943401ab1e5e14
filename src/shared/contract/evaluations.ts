/** @file RPC room `evaluations`: experiments, their runs, and what every sample gave. It does not know how they run. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import {
  evaluationEventSchema,
  evaluationRunSchema,
  experimentForecastSchema,
  experimentRequestSchema,
  experimentSchema,
  humanVerdictSchema,
  recordedTurnSchema,
  resultKeySchema,
  sampleResultSchema,
} from '../domain/evaluation.ts'
import { evaluationRunIdSchema, experimentIdSchema } from '../domain/experiment-ids.ts'
import { traceIdSchema } from '../domain/identifiers.ts'
import { runViewSchema, savedRunViewSchema } from '../domain/run-view.ts'
import { scoringSchema, taskSampleSchema } from '../domain/task.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DATASET_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, EVALUATION_CONFLICT, EVALUATION_NOT_FOUND, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, QUERY_INVALID, REPLAY_UNAVAILABLE } = declaredErrors
const runIds = z.object({ runIds: z.array(evaluationRunIdSchema).min(1) })

export const evaluationsContract = {
  /** The runs of a grid, what they would cost and what is odd about them; keeps nothing. */
  forecast: oc.errors({ DATASET_INVALID, LOG_UNAVAILABLE, MODEL_NOT_FOUND }).input(experimentRequestSchema).output(experimentForecastSchema),
  /** Records the runs and starts them, one after the other. */
  start: oc
    .errors({ DATASET_INVALID, EVALUATION_CONFLICT, LOG_UNAVAILABLE, MODEL_NOT_FOUND })
    .input(experimentRequestSchema)
    .output(z.object({ experiment: experimentSchema, runs: z.array(evaluationRunSchema) })),
  /** A grid written as YAML; problems name line and key. */
  parse: oc.errors({ QUERY_INVALID }).input(z.object({ yaml: z.string() })).output(experimentRequestSchema),
  /** The grid as YAML that `parse` and `memgen eval` read. */
  print: oc.input(experimentRequestSchema).output(z.object({ yaml: z.string() })),
  /** Newest first. */
  experiments: oc.errors({ LOG_UNAVAILABLE }).output(z.object({ experiments: z.array(experimentSchema) })),
  /** Every run, newest first, those in the trash as well. */
  runs: oc.errors({ LOG_UNAVAILABLE }).output(z.object({ runs: z.array(evaluationRunSchema) })),
  run: oc.errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE }).input(z.object({ runId: evaluationRunIdSchema })).output(evaluationRunSchema),
  /** Ids in the first column of a SELECT over a read-only connection that is stopped after a few seconds. */
  query: oc.errors({ LOG_UNAVAILABLE, QUERY_INVALID }).input(z.object({ sql: z.string().min(1) })).output(z.object({ runIds: z.array(evaluationRunIdSchema), elapsedMs: z.number() })),
  /** Results of a run, in the order of its samples, a page at a time. */
  results: oc
    .errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE })
    .input(
      z.object({
        runId: evaluationRunIdSchema,
        /** `disputed`: the automatic and the human verdict differ. */
        show: z.enum(['all', 'right', 'wrong', 'unjudged', 'failed', 'unaudited', 'disputed']).default('all'),
        search: z.string().default(''),
        offset: z.int().nonnegative().default(0),
        limit: z.int().min(1).max(1000).default(200),
      }),
    )
    .output(z.object({ results: z.array(sampleResultSchema), total: z.int() })),
  /** One result, its sample, and every turn with its record. */
  result: oc
    .errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE })
    .input(resultKeySchema)
    .output(z.object({ result: sampleResultSchema, sample: taskSampleSchema, turns: z.array(recordedTurnSchema) })),
  pause: oc.errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE }).input(runIds).output(z.void()),
  /** Goes on with samples that have no result. */
  resume: oc.errors({ EVALUATION_CONFLICT, EVALUATION_NOT_FOUND, LOG_UNAVAILABLE, MODEL_NOT_FOUND }).input(runIds).output(z.void()),
  cancel: oc.errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE }).input(runIds).output(z.void()),
  /** Judges recorded texts again; null takes the task's own scoring. Former judgements are kept in the log. */
  rescore: oc
    .errors({ DATASET_INVALID, EVALUATION_CONFLICT, EVALUATION_NOT_FOUND, LOG_UNAVAILABLE })
    .input(z.object({ runId: evaluationRunIdSchema, scoring: scoringSchema.nullable() }))
    .output(z.object({ run: evaluationRunSchema, changedCount: z.int() })),
  /** A person's verdict; null takes it back. Former verdicts are kept in the log. */
  audit: oc
    .errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE })
    .input(z.object({ key: resultKeySchema, verdict: humanVerdictSchema.nullable() }))
    .output(sampleResultSchema),
  /** What people write on runs. */
  annotate: oc
    .errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE })
    .input(z.object({ runIds: runIds.shape.runIds, addTags: z.array(z.string().min(1)).default([]), removeTags: z.array(z.string()).default([]), note: z.string().optional(), isStarred: z.boolean().optional(), isTrashed: z.boolean().optional() }))
    .output(z.object({ runs: z.array(evaluationRunSchema) })),
  views: oc.errors({ LOG_UNAVAILABLE }).output(z.object({ views: z.array(savedRunViewSchema) })),
  saveView: oc.errors({ LOG_UNAVAILABLE }).input(z.object({ name: z.string().min(1).max(100), view: runViewSchema })).output(savedRunViewSchema),
  removeView: oc.errors({ LOG_UNAVAILABLE }).input(z.object({ id: z.string() })).output(z.void()),
  /**
   * The result generated again with everything recorded, as a trace of the debugger; one made before is found again. `isSame` tells
   * whether its tokens and decisions are those of the record.
   */
  openTrace: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, EVALUATION_NOT_FOUND, LOG_UNAVAILABLE, MODEL_NOT_FOUND, PROMPT_REJECTED, REPLAY_UNAVAILABLE })
    .input(z.object({ key: resultKeySchema, turn: z.int().nonnegative().default(0) }))
    .output(z.object({ traceId: traceIdSchema, isSame: z.boolean() })),
  /** What happens to every run from now on; first each run that is queued or running. Ends only with the subscription. */
  events: oc.errors({ LOG_UNAVAILABLE }).output(eventIterator(evaluationEventSchema)),
  /** What a grid would be for the paper's Table 5 form: vanilla, prompt-only, random 0.2 / 0.5 / 0.8, always, trigger, as of this run. */
  ablationSet: oc.errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE }).input(z.object({ runId: evaluationRunIdSchema })).output(experimentRequestSchema),
  experimentOf: oc.errors({ EVALUATION_NOT_FOUND, LOG_UNAVAILABLE }).input(z.object({ experimentId: experimentIdSchema })).output(experimentSchema),
}
