/** @file The open sessions as a list: a tab is a run, and shows one of its branches. It does not know where the list is kept. */
import { z } from 'zod'
import { runIdSchema, traceIdSchema, type RunId } from '../../../shared/domain/identifiers.ts'
import type { Prompt, TraceHeader } from '../../../shared/domain/trace.ts'

const tabSchema = z.object({
  runId: runIdSchema,
  /** The branch that the tab shows. */
  traceId: traceIdSchema,
  title: z.string(),
  modelName: z.string(),
})
export type SessionTab = z.infer<typeof tabSchema>

export const tabListSchema = z.array(tabSchema)

/** Longer titles are cut when they are drawn; this bounds what is kept of a prompt of a megabyte. */
const LONGEST_TITLE = 80

export function tabOf({ id, runId, prompt, modelName }: TraceHeader): SessionTab {
  return { runId, traceId: id, title: promptTitle(prompt), modelName }
}

/** What the user said last, on one line. */
export function promptTitle(prompt: Prompt): string {
  const text = prompt.kind === 'text' ? prompt.text : (prompt.messages.findLast(({ role }) => role === 'user')?.content ?? prompt.messages.at(-1)?.content ?? '')
  const line = text.slice(0, 4 * LONGEST_TITLE).replaceAll(/\s+/g, ' ').trim()
  return line === '' ? 'Empty prompt' : line.slice(0, LONGEST_TITLE)
}

/** The list with a tab for this trace: its run's own, else in the place of `replacing`, else a new last one. */
export function withTab(tabs: readonly SessionTab[], tab: SessionTab, replacing: RunId | null): SessionTab[] {
  const place = tabs.findIndex(({ runId }) => runId === tab.runId)
  const index = place >= 0 ? place : tabs.findIndex(({ runId }) => runId === replacing)
  return index < 0 ? [...tabs, tab] : tabs.with(index, tab)
}

/** The tab beside the closed one that is shown next; null when none is left. */
export function neighbourOf(tabs: readonly SessionTab[], runId: RunId): SessionTab | null {
  const index = tabs.findIndex((tab) => tab.runId === runId)
  return tabs[index + 1] ?? tabs[index - 1] ?? null
}

/** The tab so many places away, around the list's ends; null in an empty list. */
export function tabBeside(tabs: readonly SessionTab[], runId: RunId | null, by: number): SessionTab | null {
  const index = tabs.findIndex((tab) => tab.runId === runId)
  if (index < 0) return tabs[0] ?? null
  return tabs[(index + by + tabs.length) % tabs.length] ?? null
}
