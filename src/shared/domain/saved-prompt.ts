/** @file A prompt that the user keeps. It does not know the models it was written for. */
import { z } from 'zod'
import { promptSchema } from './trace.ts'

export const savedPromptSchema = z.object({
  id: z.string().min(1),
  title: z.string().min(1),
  prompt: promptSchema,
  /** The answer to compare with, where there is one. */
  reference: z.string().nullable().default(null),
  createdAt: z.int(),
})
export type SavedPrompt = z.infer<typeof savedPromptSchema>
