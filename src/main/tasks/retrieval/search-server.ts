/** @file Searches asked of a server that speaks Search-R1's `/retrieve` protocol. It does not know how that server searches. */
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Passage, PassageSearch } from './passage.ts'

export interface SearchServerOptions {
  /** For one attempt. @default 30_000 */
  readonly timeoutMs?: number
  /** How long to wait after each failed attempt but the last. @default [500, 2_000, 5_000] */
  readonly retryDelaysMs?: readonly number[]
}

/** `POST {queries, topk, return_scores}` -> this; one list of passages for each query. */
const answerSchema = z.object({ result: z.array(z.array(z.object({ document: z.object({ contents: z.string() }) }))) })

/** Three passages have a few kilobytes; a larger answer comes from something else. */
const maxAnswerBytes = 16 * 2 ** 20

/** A failure that another attempt would meet as well. */
class FinalError extends Error {}

/** @param url the whole address, such as `http://127.0.0.1:8001/retrieve` */
export function connectSearchServer(url: string, { timeoutMs = 30_000, retryDelaysMs = [500, 2_000, 5_000] }: SearchServerOptions = {}): PassageSearch {
  async function ask(query: string, topk: number, signal: AbortSignal): Promise<Passage[]> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ queries: [query], topk, return_scores: true }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    const text = await readText(response)
    if (!response.ok) {
      const problem = `status ${response.status} ${response.statusText}: ${text.slice(0, 200)}`
      throw response.status >= 500 || response.status === 429 ? new Error(problem) : new FinalError(problem)
    }
    return parseAnswer(text).slice(0, topk)
  }

  return {
    async retrieve(query, topk, signal) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await ask(query, topk, signal)
        } catch (cause) {
          signal.throwIfAborted()
          const delayMs = retryDelaysMs[attempt]
          if (cause instanceof FinalError || delayMs === undefined) throw new Error(`${url}: the search failed${attempt === 0 ? '' : ` ${attempt + 1} times`} (${describe(cause, timeoutMs)})`, { cause })
          await wait(delayMs, undefined, { signal }).catch((error: unknown) => {
            signal.throwIfAborted()
            throw error
          })
        }
      }
    },
    close: () => Promise.resolve(),
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  // A body is an iterable of bytes; the browser's types do not say so.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length
    if (sizeBytes > maxAnswerBytes) throw new FinalError(`expected an answer of at most ${maxAnswerBytes} bytes, found more`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseAnswer(text: string): Passage[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new FinalError(`expected JSON, found ${JSON.stringify(text.slice(0, 100))}`)
  }
  const answer = answerSchema.safeParse(value)
  const [passages, ...more] = answer.data?.result ?? []
  if (passages === undefined || more.length > 0) throw new FinalError(`expected {result: [[{document: {contents}}]]} with one list, found ${text.slice(0, 100)}`)
  return passages
}

/** `fetch` says only that it failed, and the reason in its cause. */
function describe(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message || error.cause.name}` : error.message
}
