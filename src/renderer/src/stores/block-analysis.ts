/**
 * @file What was computed on demand about latent blocks, kept while the app is open: a block never changes once recorded. It does not
 * know how answers are drawn.
 */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { TraceId, WeaveId } from '../../../shared/domain/identifiers.ts'
import { useHost } from './host.ts'

export interface BlockPlace {
  readonly traceId: TraceId
  readonly weaveId: WeaveId
}

export type Answer<Value> = { readonly phase: 'asked' } | { readonly phase: 'ready'; readonly value: Value } | { readonly phase: 'failed'; readonly failure: Failure }

export interface BlockQuestion<Value> {
  /** null until it was asked. */
  answerFor(place: BlockPlace): Answer<Value> | null
  /** Asks once; again only after a failure. */
  ask(place: BlockPlace): Promise<void>
}

/** Blocks of one question kept at once; attention over a long trace takes megabytes. */
const CAPACITY = 32

export const useBlockAnalysisStore = defineStore('blockAnalysis', () => {
  const { client } = useHost()
  return {
    similarity: createQuestion((place) => client.analysis.similarity(place)),
    logitLens: createQuestion((place) => client.analysis.logitLens(place)),
    attention: createQuestion((place) => client.analysis.attention(place)),
    effect: createQuestion((place) => client.analysis.effect(place)),
  }
})

export function createQuestion<Value>(compute: (place: BlockPlace) => Promise<Value>): BlockQuestion<Value> {
  const answers = shallowReactive(new Map<string, Answer<Value>>())

  async function ask(place: BlockPlace): Promise<void> {
    const key = keyOf(place)
    const known = answers.get(key)
    if (known !== undefined && known.phase !== 'failed') return
    const [oldest] = answers.keys()
    if (oldest !== undefined && answers.size >= CAPACITY) answers.delete(oldest)
    answers.set(key, { phase: 'asked' })
    try {
      answers.set(key, { phase: 'ready', value: await compute(place) })
    } catch (error) {
      answers.set(key, { phase: 'failed', failure: describeFailure(error) })
    }
  }

  return { answerFor: (place) => answers.get(keyOf(place)) ?? null, ask }
}

function keyOf({ traceId, weaveId }: BlockPlace): string {
  return `${traceId}\n${weaveId}`
}
