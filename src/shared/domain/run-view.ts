/** @file How the list of runs is looked at: a filter, an order, groups, columns; kept under a name. It does not know what a filter means. */
import { z } from 'zod'

/** `expression` is the workbench's small language over a run's columns; `sql` is a SELECT whose first column is run ids. */
export const runFilterSchema = z.discriminatedUnion('kind', [z.object({ kind: z.literal('expression'), source: z.string() }), z.object({ kind: z.literal('sql'), source: z.string() })])
export type RunFilter = z.infer<typeof runFilterSchema>

export const runViewSchema = z.object({
  filter: runFilterSchema.prefault({ kind: 'expression', source: '' }),
  sort: z.object({ column: z.string(), descending: z.boolean() }).default({ column: 'createdAt', descending: true }),
  /** Column by whose values runs are grouped; null for one list. */
  groupBy: z.string().nullable().default(null),
  columns: z.array(z.string()),
  showsTrash: z.boolean().default(false),
})
export type RunView = z.infer<typeof runViewSchema>

export const savedRunViewSchema = z.object({ id: z.string().min(1), name: z.string().min(1).max(100), view: runViewSchema, createdAt: z.int() })
export type SavedRunView = z.infer<typeof savedRunViewSchema>
