/** @file What is said of a result by rule and by hand, in words and signs, and whether the two agree. It does not know where they stand. */
import type { FailureMode, SampleResult } from '../../../shared/domain/evaluation.ts'

export type Verdict = 'right' | 'wrong' | 'unjudged'

export type JudgedResult = Pick<SampleResult, 'judgement' | 'human' | 'error'>

/** A reward of at least 1 is right. */
export function automaticVerdict({ judgement }: Pick<SampleResult, 'judgement'>): Verdict {
  return judgement.reward === null ? 'unjudged' : judgement.reward >= 1 ? 'right' : 'wrong'
}

/** Whether what was extracted is, as text after normalization, what was expected; a rule may still call different texts equal, or equal ones wrong. */
export function normalizedVerdict({ judgement: { extracted, expected } }: Pick<SampleResult, 'judgement'>): Verdict {
  return extracted === null || expected === null ? 'unjudged' : extracted === expected ? 'right' : 'wrong'
}

export function humanVerdict({ human }: Pick<SampleResult, 'human'>): Verdict {
  return human?.isRight == null ? 'unjudged' : human.isRight ? 'right' : 'wrong'
}

/** The automatic verdict and a person's are both there and differ. */
export function isDisputed(result: JudgedResult): boolean {
  const [automatic, human] = [automaticVerdict(result), humanVerdict(result)]
  return automatic !== 'unjudged' && human !== 'unjudged' && automatic !== human
}

/** The person's where there is one and it counts. */
export function verdictThatCounts(result: JudgedResult, usesHumanVerdicts: boolean): Verdict {
  const human = usesHumanVerdicts ? humanVerdict(result) : 'unjudged'
  return human === 'unjudged' ? automaticVerdict(result) : human
}

/** A sign of its own shape for each, so that none is told by colour alone. */
export const verdictSigns: Readonly<Record<Verdict, string>> = { right: '✓', wrong: '✗', unjudged: '–' }

/** In the order of the keys 1 to 8. */
export const failureModeTitles: Readonly<Record<FailureMode, string>> = {
  planning: 'planning',
  'compositional-reasoning': 'compositional reasoning',
  'tool-parsing': 'tool parsing',
  'tool-response': 'tool response',
  'answer-formatting': 'answer formatting',
  'demand-misunderstanding': 'demand misunderstanding',
  'think-act-inconsistency': 'think-act inconsistency',
  'false-belief': 'false belief',
}
