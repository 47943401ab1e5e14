/** @file RPC room `transfer`: what leaves the workbench and what enters it. Files are written below the data folder, or where the path says. It knows no format. */
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { exportRequestSchema, exportResultSchema, importRequestSchema, importResultSchema } from '../domain/transfer.ts'
import { declaredErrors } from '../errors.ts'

const { EVALUATION_NOT_FOUND, LATENTS_UNAVAILABLE, LOG_UNAVAILABLE, TRACE_NOT_FOUND, TRANSFER_FAILED } = declaredErrors

export const transferContract = {
  /** To `path`; null chooses a name in the data folder's `exports` */
  export: oc
    .errors({ EVALUATION_NOT_FOUND, LATENTS_UNAVAILABLE, LOG_UNAVAILABLE, TRACE_NOT_FOUND, TRANSFER_FAILED })
    .input(z.object({ request: exportRequestSchema, path: z.string().min(1).nullable().default(null) }))
    .output(exportResultSchema),
  import: oc.errors({ LOG_UNAVAILABLE, TRANSFER_FAILED }).input(importRequestSchema).output(importResultSchema),
}
