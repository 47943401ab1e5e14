/**
 * @file The new domain: chains under one hidden table, its facts never told. Held-out problems compose known facts in an unseen
 * way. Does not know how the facts might be learned.
 */
import { chainAnswer, chainCompletion, chainKey, chainQuestion, drawChain, solveChain, type SolvedChain } from './chain.ts'
import { createDraws, type Draws } from './draws.ts'
import { factLines } from './fact-domain.ts'
import { drawTables, factQuery, type OperatorTables } from './operators.ts'
import { createSample, type DemoSample } from './sample.ts'

/** Fixes the hidden table and the split: the demo's world, the same whatever the seed of a training run. */
const WORLD_SEED = 2509

/** Share of the ordered pairs of facts that training never shows one after the other. */
const HELD_OUT_PAIRS = 0.15

export const HIDDEN_TABLES: OperatorTables = drawTables(createDraws(WORLD_SEED, 'hidden table'))

/** Problem `index` of an endless training split: no two facts in a row are a held-out pair. */
export function newDomainSample(seed: number, index: number): DemoSample {
  const draws = createDraws(seed, 'new domain', index)
  return chainSample(`new-train-${index}`, drawSolvedChain(draws, false), draws, false)
}

export interface HeldOutOptions {
  /** Give the facts as text in front of the question: the ceiling of what latents can do. @default false */
  readonly withFacts?: boolean
}

/** Distinct held-out problems: at least two facts in a row that are never in a row in training. */
export function newDomainHeldOut(count: number, { withFacts = false }: HeldOutOptions = {}): DemoSample[] {
  const seen = new Set<string>()
  const samples: DemoSample[] = []
  for (let index = 0; samples.length < count; index++) {
    const draws = createDraws(WORLD_SEED, 'new domain, held out', index)
    const solved = drawSolvedChain(draws, true)
    const key = chainKey(solved.chain)
    if (seen.has(key)) continue
    seen.add(key)
    const id = `new-held-out-${samples.length}`
    samples.push(chainSample(id, solved, draws, withFacts))
  }
  return samples
}

/** Every ordered pair of facts, as a text that names it, which the chain uses one after the other. */
function factPairs({ lookups }: SolvedChain): string[] {
  const queries = lookups.map(({ fact }) => factQuery(fact))
  return queries.slice(1).map((query, index) => `${queries[index]!}, ${query}`)
}

function chainSample(id: string, solved: SolvedChain, draws: Draws, withFacts: boolean): DemoSample {
  const question = chainQuestion(solved.chain, draws)
  return createSample({
    id,
    // Drawn after the question, so that it is the same question with and without facts.
    question: withFacts ? factLines(solved, HIDDEN_TABLES, draws) + question : question,
    completion: chainCompletion(solved),
    answer: chainAnswer(solved),
  })
}

function drawSolvedChain(draws: Draws, isHeldOut: boolean): SolvedChain {
  for (;;) {
    const solved = solveChain(drawChain(draws), HIDDEN_TABLES)
    if (factPairs(solved).some(isHeldOutPair) === isHeldOut) return solved
  }
}

const heldOutPairs = new Map<string, boolean>()

function isHeldOutPair(pair: string): boolean {
  let isHeldOut = heldOutPairs.get(pair)
  if (isHeldOut === undefined) {
    isHeldOut = createDraws(WORLD_SEED, `pair ${pair}`).chance(HELD_OUT_PAIRS)
    heldOutPairs.set(pair, isHeldOut)
  }
  return isHeldOut
}
