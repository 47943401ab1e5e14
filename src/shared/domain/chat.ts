/** @file One message of a conversation. Does not know how it is rendered into a prompt. */
import { z } from 'zod'

/**
 * A message as MemGen's interactions write it. Content that is not a string (null, a list of parts) counts as the empty
 * string, as in the reference (docs/REFERENCE.md 4.1).
 */
export const chatMessageSchema = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string().catch(''),
})

export type ChatMessage = z.infer<typeof chatMessageSchema>
