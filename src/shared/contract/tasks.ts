/** @file RPC room `tasks`: what a model can be tested on, a look at its samples, and fetching its data. It does not know how answers are judged. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { datasetStampSchema, taskDescriptionSchema, taskRequestSchema, taskSampleSchema } from '../domain/task.ts'
import { declaredErrors } from '../errors.ts'

const { DATASET_INVALID, DOWNLOAD_FAILED } = declaredErrors

export const tasksContract = {
  list: oc.output(z.object({ tasks: z.array(taskDescriptionSchema) })),
  /** Reads the data and shows the first samples as they would be asked. */
  preview: oc
    .errors({ DATASET_INVALID })
    .input(z.object({ task: taskRequestSchema, count: z.int().min(1).max(100).default(5) }))
    .output(z.object({ dataset: datasetStampSchema, samples: z.array(taskSampleSchema) })),
  /** Columns and the first rows of a file, for mapping fields. */
  columns: oc
    .errors({ DATASET_INVALID })
    .input(z.object({ path: z.string().min(1) }))
    .output(z.object({ columns: z.array(z.string()), rows: z.array(z.record(z.string(), z.unknown())) })),
  /** What of a dataset repository lies in the local Hugging Face cache; no network. */
  cached: oc.input(z.object({ repo: z.string().min(1) })).output(z.object({ revisions: z.array(z.object({ revision: z.string(), files: z.array(z.string()) })) })),
  /** Fetches a repository's data files into the Hugging Face cache, going on where it was stopped; ends when all are there. */
  download: oc
    .errors({ DOWNLOAD_FAILED })
    .input(z.object({ repo: z.string().min(1), revision: z.string().min(1).default('main') }))
    .output(eventIterator(z.object({ file: z.string(), doneBytes: z.number(), totalBytes: z.number().nullable() }))),
}
