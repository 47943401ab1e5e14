/**
 * @file Rows of one rollout with the same prompt, as repeats of a sample are: one of them reads it, the others take its
 * keys and values, and what follows from the prompt alone. It does not know what a pass computes.
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

/** What was found from prompts alone, before the first token: the same for all rows of a prompt. */
export class PromptAnswers<Answer> {
  readonly #answers = new Map<string, Answer>()

  /** Answers for the wanted rows in their order; `pass` is made for rows beyond their first step, and for one row of each new prompt. */
  async ask(rows: readonly RolloutRow[], wanted: readonly number[], pass: (indices: readonly number[]) => Promise<Answer[]>): Promise<Answer[]> {
    const prompts = new Map(wanted.flatMap((index) => (rows[index]?.stepIndex === 0 ? [[index, promptIdsOf(rows, index).join()] as const] : [])))
    const asking = new Map<string, number>()
    for (const [index, prompt] of prompts) if (!this.#answers.has(prompt) && !asking.has(prompt)) asking.set(prompt, index)
    const passed = wanted.filter((index) => {
      const prompt = prompts.get(index)
      return prompt === undefined || asking.get(prompt) === index
    })
    const outputs = passed.length === 0 ? [] : await pass(passed)
    const found = new Map(passed.map((index, place) => [index, outputs[place]]))
    for (const [prompt, index] of asking) {
      const answer = found.get(index)
      if (answer !== undefined) this.#answers.set(prompt, answer)
    }
    const answers = wanted.map((index) => {
      const prompt = prompts.get(index)
      const answer = prompt === undefined ? found.get(index) : this.#answers.get(prompt)
      if (answer === undefined) throw new Error(`internal: no answer for row ${index}`)
      return answer
    })
    this.#forgetOldest(rows.length)
    return answers
  }

  /** A rollout may see a whole dataset; no more prompts than it has rows are met again. */
  #forgetOldest(limit: number): void {
    for (const prompt of [...this.#answers.keys()].slice(0, Math.max(0, this.#answers.size - limit))) this.#answers.delete(prompt)
  }
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
