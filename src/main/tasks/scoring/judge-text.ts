/** @file One text judged by one of the ways to score. It does not know tasks or files. */
import type { Judgement, Scoring, TaskSample } from '../../../shared/domain/task.ts'
import { messageOf } from '../../../shared/message-of.ts'
import { optionLetter } from '../definitions/choice-options.ts'
import { strip } from '../python-text.ts'
import { boxedAnswer, lastBox } from '../rewards/boxed-answer.ts'
import { isMathEquivalent, normalizeAnswer } from '../rewards/math-score.ts'
import { choiceAnswer } from './choice-answer.ts'
import { regexAnswer } from './regex-answer.ts'

/** What judges know of a sample. */
export type ScoringTarget = Pick<TaskSample, 'solution' | 'answers' | 'extra'>

/** Options where a sample lists none of its own. */
const defaultLetters = 'ABCDEFGHIJ'

/** One way to score: what a text answers, what is expected, and whether they are the same. */
interface Judge {
  /** null where the text answers nothing. May throw. */
  extract(text: string): string | null
  /** One accepted answer as the dataset writes it. */
  expect(answer: string): string
  isSame(extracted: string, expected: string): boolean
  /** As a person is shown what was compared. */
  show(answer: string): string
}

/**
 * Right is a text whose answer is one of the accepted ones. Never throws: what cannot be judged has no reward, and an error that says why.
 */
export function judgeText(scoring: Scoring, { solution, answers, extra }: ScoringTarget, text: string): Judgement {
  if (scoring.kind === 'none') return { reward: null, error: null, extracted: null, expected: null }
  const accepted = answers.length > 0 ? answers : solution === null ? [] : [solution]
  if (accepted.length === 0) return { reward: null, error: 'expected a sample with a solution, found none', extracted: null, expected: null }
  const judge = judgeOf(scoring, extra)
  const expected = accepted.map((answer) => judge.expect(answer))
  const shown = expected.map((answer) => judge.show(answer)).join(' | ')
  try {
    const extracted = judge.extract(text)
    const isRight = extracted !== null && expected.some((answer) => judge.isSame(extracted, answer))
    return { reward: isRight ? 1 : 0, error: null, extracted: extracted === null ? null : judge.show(extracted), expected: shown }
  } catch (error) {
    return { reward: null, error: messageOf(error), extracted: null, expected: shown }
  }
}

const asText = { isSame: (extracted: string, expected: string) => extracted === expected, show: (answer: string) => answer }

/** The boxed part of a solution, or all of one that has no box: tables of answers alone have none. */
const boxedOrAll = (answer: string): string => boxedAnswer(answer, 'last') ?? answer

function judgeOf(scoring: Exclude<Scoring, { kind: 'none' }>, extra: ScoringTarget['extra']): Judge {
  switch (scoring.kind) {
    case 'math':
      return {
        // The reference takes the completion's first box and the solution's last one.
        extract: (text) => boxedAnswer(text, 'first'),
        expect: boxedOrAll,
        isSame: isMathEquivalent,
        show: (answer) => normalizeAnswer(answer) ?? answer,
      }
    case 'boxed':
      return { extract: (text) => trim(lastBox(text)), expect: (answer) => strip(lastBox(answer) ?? answer), ...asText }
    case 'exact': {
      const normalize = (text: string): string => (scoring.ignoresCase ? strip(text).toLowerCase() : strip(text))
      return { extract: normalize, expect: normalize, ...asText }
    }
    case 'choice': {
      const letters = lettersOf(extra)
      return { extract: (text) => choiceAnswer(text, letters), expect: (answer) => choiceAnswer(answer, letters) ?? strip(answer), ...asText }
    }
    case 'regex':
      return { extract: (text) => trim(regexAnswer(scoring.pattern, scoring.flags, text)), expect: strip, ...asText }
    default:
      return scoring satisfies never
  }
}

function trim(answer: string | null): string | null {
  return answer === null ? null : strip(answer)
}

function lettersOf({ options }: ScoringTarget['extra']): string {
  return Array.isArray(options) ? options.map((_option, index) => optionLetter(index)).join('') : defaultLetters
}
