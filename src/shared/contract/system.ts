/** @file RPC room `system`: what this app is and how its engine fares. It changes neither. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { engineStatusSchema } from '../domain/engine-status.ts'

export const aboutSchema = z.object({
  version: z.string(),
  shell: z.enum(['electron', 'browser']),
  logPath: z.string(),
  /** Why the log can only be read, in words for the user; null where it can be written too. */
  logRefusal: z.string().nullable(),
  versions: z.record(z.string(), z.string()),
})
export type About = z.infer<typeof aboutSchema>

export const systemContract = {
  about: oc.output(aboutSchema),
  /** The present status first, then each change. */
  engineStatus: oc.output(eventIterator(engineStatusSchema)),
}
