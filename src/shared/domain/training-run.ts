/** @file A training run as lists and the log know it, and what its watchers receive. It does not know how it is computed. */
import { z } from 'zod'
import { trainingConfigSchema } from './training.ts'
import {
  trainableParametersSchema,
  trainingCheckpointSchema,
  trainingDataSchema,
  trainingEvaluationResultSchema,
  trainingEventSchema,
  trainingSampleSchema,
  trainingStepSchema,
} from './training-event.ts'

export const trainingRunIdSchema = z.string().min(1).brand<'TrainingRunId'>()
export type TrainingRunId = z.infer<typeof trainingRunIdSchema>

/**
 * `interrupted`: the app or the engine ended under it. Paused, stopped, interrupted and failed runs can be resumed, from the
 * state that was saved last.
 */
export const trainingStatusSchema = z.enum(['queued', 'running', 'paused', 'stopped', 'interrupted', 'finished', 'failed'])
export type TrainingStatus = z.infer<typeof trainingStatusSchema>

/** Whether an app has the run in hand. */
export function isUnderWay(status: TrainingStatus): boolean {
  return status === 'queued' || status === 'running'
}

export const trainingRunSchema = z.object({
  id: trainingRunIdSchema,
  name: z.string(),
  status: trainingStatusSchema,
  /** Why it failed or was interrupted. */
  message: z.string().nullable(),
  config: trainingConfigSchema,
  /** Optimizer steps done. */
  step: z.int().nonnegative(),
  /** null until the data was read. */
  totalSteps: z.int().nonnegative().nullable(),
  lastCheckpoint: trainingCheckpointSchema.nullable(),
  /** null where it cannot be told. */
  remainingMs: z.number().nonnegative().nullable(),
  /** Unix milliseconds, UTC. */
  createdAt: z.int(),
  /** Of the latest attempt. */
  startedAt: z.int().nullable(),
  endedAt: z.int().nullable(),
  /** When the user put it into the trash; its folder and its record stay. */
  trashedAt: z.int().nullable(),
})
export type TrainingRun = z.infer<typeof trainingRunSchema>

/** All that is recorded of a run, each step once: where attempts overlap, the latest. */
export const trainingRecordSchema = z.object({
  run: trainingRunSchema,
  steps: z.array(trainingStepSchema),
  evaluations: z.array(trainingEvaluationResultSchema),
  samples: z.array(trainingSampleSchema),
  checkpoints: z.array(trainingCheckpointSchema),
  data: z.array(trainingDataSchema),
  parameters: trainableParametersSchema.nullable(),
  warnings: z.array(z.string()),
})
export type TrainingRecord = z.infer<typeof trainingRecordSchema>

export const trainingMessageSchema = z.discriminatedUnion('kind', [
  /** All that is recorded; first of all, and again where a slow listener has missed something. It replaces what came before. */
  z.object({ kind: z.literal('record'), record: trainingRecordSchema }),
  /** A change of status that no event tells. */
  z.object({ kind: z.literal('run'), run: trainingRunSchema }),
  /** Sent after it was committed to the log, never before. */
  z.object({ kind: z.literal('event'), event: trainingEventSchema, run: trainingRunSchema }),
])
export type TrainingMessage = z.infer<typeof trainingMessageSchema>
