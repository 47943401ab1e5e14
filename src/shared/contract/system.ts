/** @file RPC room `system`: what this app is and how its engine fares. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { engineStatusSchema } from '../domain/engine-status.ts'

export const aboutSchema = z.object({
  version: z.string(),
  shell: z.enum(['electron', 'browser']),
  logPath: z.string(),
  versions: z.record(z.string(), z.string()),
})
export type About = z.infer<typeof aboutSchema>

export const systemContract = {
  about: oc.output(aboutSchema),
  /** The present status first, then each change. */
  engineStatus: oc.output(eventIterator(engineStatusSchema)),
}
