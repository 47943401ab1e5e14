/**
 * @file Rows of one rollout with the same prompt, as repeats of a sample are: one of them reads it, the others take its
 * keys and values. It does not know what a pass computes.
 */
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import type { RolloutRow } from './rollout-row.ts'

export interface PromptReader {
  readonly cache: KeyValueCache
  /** Whether what was read stays valid however long a context gets. */
  readonly isStable: boolean
}

/**
 * Runs one pass of a role for some rows, in two parts where rows that have read nothing yet share their prompt: those
 * whose prompt nobody has read, then the others, which lack only the prompt's last token.
 * @param rows of the rollout
 * @param wanted indices of rows
 * @param pass its outputs are in the order of its indices, and so are those returned
 */
export async function readPromptsOnce<Output>(
  { cache, isStable }: PromptReader,
  rows: readonly RolloutRow[],
  wanted: readonly number[],
  pass: (indices: readonly number[]) => Promise<Output[]>,
): Promise<Output[]> {
  const sources = isStable ? findSources(cache, rows, wanted) : new Map<number, number>()
  if (sources.size === 0) return pass(wanted)
  const first = wanted.filter((index) => !sources.has(index))
  const outputs = new Map<number, Output>()
  if (first.length > 0) for (const [place, output] of (await pass(first)).entries()) outputs.set(first[place] ?? -1, output)
  for (const [index, source] of sources) cache.copyPrefix(source, index, promptIdsOf(rows, index).length - 1)
  const second = [...sources.keys()]
  for (const [place, output] of (await pass(second)).entries()) outputs.set(second[place] ?? -1, output)
  return wanted.map((index) => {
    const output = outputs.get(index)
    if (output === undefined) throw new Error(`internal: no output for row ${index}`)
    return output
  })
}

/** For each row that need not read its prompt, the row that has read it or is about to. */
function findSources(cache: KeyValueCache, rows: readonly RolloutRow[], wanted: readonly number[]): Map<number, number> {
  const sources = new Map<number, number>()
  const unread = wanted.filter((index) => cache.length(index) === 0 && promptIdsOf(rows, index).length > 1)
  if (unread.length === 0) return sources
  const readers = new Map<string, number>()
  for (const [index, { request }] of rows.entries()) {
    if (cache.length(index) >= request.promptIds.length) readers.set(request.promptIds.join(), index)
  }
  for (const index of unread) {
    const prompt = promptIdsOf(rows, index).join()
    const reader = readers.get(prompt)
    if (reader === undefined) readers.set(prompt, index)
    else sources.set(index, reader)
  }
  return sources
}

function promptIdsOf(rows: readonly RolloutRow[], index: number): readonly number[] {
  const row = rows[index]
  if (row === undefined) throw new Error(`internal: the rollout has no row ${index}`)
  return row.request.promptIds
}
