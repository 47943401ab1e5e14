/**
 * @file Pre-training problems on the operators: the tables are drawn anew for each and the facts it needs stand in its text. Does
 * not know the hidden table.
 */
import { chainAnswer, chainCompletion, chainQuestion, drawChain, solveChain, type SolvedChain } from './chain.ts'
import { createDraws, type Draws } from './draws.ts'
import { DIGITS, drawTables, factQuery, factText, lookUp, OPERATORS, type Fact, type OperatorTables } from './operators.ts'
import { createSample, type DemoSample } from './sample.ts'

/** How often a note gives the result alone. Such notes are as short as the latents that will stand in their place. */
const BRIEF_NOTE = 0.3
/** How often a fact that is not needed stands in front of the note's own. */
const DISTRACTED_NOTE = 0.2
/** How often the note of a lookup in the first line comes before that line, where prompt latents will stand. */
const EARLY_NOTE = 0.5

/** A problem whose facts, among a few that are not needed, begin the question. */
export function promptFactsSample(seed: number, index: number): DemoSample {
  const draws = createDraws(seed, 'facts in the prompt', index)
  const tables = drawTables(draws)
  const solved = solveChain(drawChain(draws), tables)
  const question = chainQuestion(solved.chain, draws)
  return createSample({
    id: `prompt-facts-${index}`,
    question: factLines(solved, tables, draws) + question,
    completion: chainCompletion(solved),
    answer: chainAnswer(solved),
  })
}

/** A problem whose facts come as notes, each right after the delimiter where the next line needs it. */
export function noteFactsSample(seed: number, index: number): DemoSample {
  const draws = createDraws(seed, 'facts as notes', index)
  const tables = drawTables(draws)
  const solved = solveChain(drawChain(draws), tables)
  const notes = new Map<number, string>()
  for (const { stepIndex, fact } of solved.lookups) {
    const isEarly = stepIndex === 0 && draws.chance(EARLY_NOTE)
    notes.set(isEarly ? 0 : stepIndex + 1, noteText(fact, isEarly, tables, draws))
  }
  return createSample({
    id: `note-facts-${index}`,
    question: chainQuestion(solved.chain, draws),
    completion: chainCompletion(solved, notes),
    answer: chainAnswer(solved),
  })
}

/** The facts a chain needs and one to three others, shuffled, a line each. */
export function factLines(solved: SolvedChain, tables: OperatorTables, draws: Draws): string {
  const needed = solved.lookups.map(({ fact }) => fact)
  const facts = [...needed]
  const count = needed.length + draws.int(1, 3)
  while (facts.length < count) facts.push(drawOtherFact(facts, tables, draws))
  return draws
    .shuffle(facts)
    .map((fact) => `${factText(fact)}\n`)
    .join('')
}

function noteText(fact: Fact, isEarly: boolean, tables: OperatorTables, draws: Draws): string {
  // A result alone, before the line that asks for it, would not say what it is for.
  if (!isEarly && draws.chance(BRIEF_NOTE)) return `[${fact.result}]`
  const distractor = draws.chance(DISTRACTED_NOTE) ? `[${factText(drawOtherFact([fact], tables, draws))}]` : ''
  return `${distractor}[${factText(fact)}]`
}

/** A fact that is not among those given, and as often as not one that differs from one of them in the digit alone. */
function drawOtherFact(given: readonly Fact[], tables: OperatorTables, draws: Draws): Fact {
  const queries = new Set(given.map(factQuery))
  for (;;) {
    const operator = draws.chance(0.5) ? draws.pick(given).operator : draws.pick(OPERATORS)
    const fact = lookUp(tables, operator, draws.pick(DIGITS))
    if (!queries.has(factQuery(fact))) return fact
  }
}
