/** @file RPC room `training`: configuring, starting, watching and halting training runs. It does not know how anything is trained. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { curveSeriesSchema, importedCurvesIdSchema, importedCurvesSchema } from '../domain/imported-curves.ts'
import { foreseenTrainingSchema } from '../domain/training-event.ts'
import { trainingMessageSchema, trainingRecordSchema, trainingRunIdSchema, trainingRunSchema } from '../domain/training-run.ts'
import { trainingConfigSchema, trainingMethodSchema, trainingStageSchema } from '../domain/training.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, TRAINING_CONFIG_INVALID, TRAINING_CONFLICT, TRAINING_RUN_NOT_FOUND } = declaredErrors
const ofRun = z.object({ runId: trainingRunIdSchema })

export const trainingContract = {
  /** Newest first, those in the trash as well. */
  list: oc.errors({ LOG_UNAVAILABLE }).output(z.array(trainingRunSchema)),
  /** Any run of this app as it is, whenever something about it has changed. */
  changes: oc.output(eventIterator(trainingRunSchema)),
  /** With its curves, samples and checkpoints. */
  get: oc.errors({ LOG_UNAVAILABLE, TRAINING_RUN_NOT_FOUND }).input(ofRun).output(trainingRecordSchema),
  /** What is recorded first, then everything live; ends when the run does. */
  events: oc.errors({ LOG_UNAVAILABLE, TRAINING_RUN_NOT_FOUND }).input(ofRun).output(eventIterator(trainingMessageSchema)),
  /** A YAML file in the reference's format, with `--options` over it, as a complete config and what its author should know. Paths are seen from `folder`. */
  readConfig: oc
    .errors({ TRAINING_CONFIG_INVALID })
    .input(
      z.object({
        /** The file's name, for messages. */
        file: z.string().default('config.yaml'),
        text: z.string(),
        folder: z.string().min(1),
        options: z.array(z.string()).default([]),
        stage: trainingStageSchema.optional(),
        method: trainingMethodSchema.optional(),
      }),
    )
    .output(z.object({ config: trainingConfigSchema, warnings: z.array(z.string()) })),
  /** What a run with this config would train, before it is started, and what of the config would have no effect. */
  parameters: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST })
    .input(z.object({ config: trainingConfigSchema }))
    .output(foreseenTrainingSchema),
  /** Starts a run, or queues it. The same config in the same folder goes on with the run that was begun there. */
  start: oc
    .errors({ LOG_UNAVAILABLE, TRAINING_CONFLICT })
    .input(z.object({ config: trainingConfigSchema, name: z.string().min(1).optional() }))
    .output(trainingRunSchema),
  /** Ends after the step under way with the state saved; `events` says when. */
  pause: oc.errors({ LOG_UNAVAILABLE, TRAINING_CONFLICT, TRAINING_RUN_NOT_FOUND }).input(ofRun).output(z.void()),
  stop: oc.errors({ LOG_UNAVAILABLE, TRAINING_CONFLICT, TRAINING_RUN_NOT_FOUND }).input(ofRun).output(z.void()),
  /** Goes on from the state saved last, out of the trash too. */
  resume: oc.errors({ LOG_UNAVAILABLE, TRAINING_CONFLICT, TRAINING_RUN_NOT_FOUND }).input(ofRun).output(trainingRunSchema),
  /** Another name; into the trash, where it is not under way, or out of it. */
  annotate: oc
    .errors({ LOG_UNAVAILABLE, TRAINING_CONFLICT, TRAINING_RUN_NOT_FOUND })
    .input(ofRun.extend({ name: z.string().min(1).optional(), isTrashed: z.boolean().optional() }))
    .output(trainingRunSchema),
  /** Curves of other programs, newest first. */
  importedCurves: oc.errors({ LOG_UNAVAILABLE }).output(z.object({ curves: z.array(importedCurvesSchema) })),
  /** None where there are no such curves. */
  importedSeries: oc.errors({ LOG_UNAVAILABLE }).input(z.object({ id: importedCurvesIdSchema })).output(z.object({ series: z.array(curveSeriesSchema) })),
  /** Puts them into the trash. */
  removeImportedCurves: oc.errors({ LOG_UNAVAILABLE }).input(z.object({ id: importedCurvesIdSchema })).output(z.void()),
}
