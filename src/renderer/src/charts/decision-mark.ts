/**
 * @file How a decision looks wherever it is drawn: the shape says who decided, filled says inserted. So no decision is
 * told from another by colour alone. It does not know charts or elements.
 */
import type { DecisionSource } from '../../../shared/domain/step.ts'
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'
import { formatProbability } from './format.ts'

export type MarkShape = 'circle' | 'diamond' | 'square' | 'triangle' | 'tick'

export interface DecisionMark {
  shape: MarkShape
  isFilled: boolean
  /** One sentence, for labels and tooltips. */
  sentence: string
}

const shapes: Readonly<Record<DecisionSource, MarkShape>> = { model: 'circle', constant: 'diamond', policy: 'square', forced: 'triangle' }

const deciders: Readonly<Record<DecisionSource, string>> = {
  model: 'Trigger',
  constant: 'Constant trigger',
  policy: 'Policy',
  forced: 'Forced by you:',
}

const glyphs: Readonly<Record<MarkShape, { filled: string; hollow: string }>> = {
  circle: { filled: '●', hollow: '○' },
  diamond: { filled: '◆', hollow: '◇' },
  square: { filled: '■', hollow: '□' },
  triangle: { filled: '▲', hollow: '△' },
  tick: { filled: '╵', hollow: '╵' },
}

type DecidedStep = Pick<StepOverview, 'candidate' | 'decision' | 'decisionSource' | 'pInvoke' | 'weaveId'>

/** null where nothing was, or could have been, asked. */
export function decisionMark(step: DecidedStep): DecisionMark | null {
  const isInserted = step.decision === 1 || step.weaveId !== null
  if (step.decision === -100 && !isInserted) {
    return step.candidate ? { shape: 'tick', isFilled: false, sentence: 'Candidate, but not asked' } : null
  }
  const source = step.decisionSource ?? 'policy'
  const asked = source === 'forced' ? '; the trigger said' : ','
  const probability = step.pInvoke === null ? '' : `${asked} p ${formatProbability(step.pInvoke)}`
  return {
    shape: shapes[source],
    isFilled: isInserted,
    sentence: `${deciders[source]} ${isInserted ? 'inserted' : 'declined'}${probability}`,
  }
}

export interface MarkKind {
  shape: MarkShape
  isFilled: boolean
}

/** Every look a mark can have, insertions last: what is drawn later lies on top. */
export const markKinds: readonly MarkKind[] = [
  { shape: 'tick', isFilled: false },
  ...[false, true].flatMap((isFilled) => (['circle', 'diamond', 'square', 'triangle'] as const).map((shape) => ({ shape, isFilled }))),
]

/** Where in `markKinds` the step's mark stands; -1 where it has none. */
export function markKindIndex(step: DecidedStep): number {
  // Most steps have none; they are told without making a sentence.
  if (step.decision === -100 && step.weaveId === null && !step.candidate) return -1
  const mark = decisionMark(step)
  return mark === null ? -1 : markKinds.findIndex(({ shape, isFilled }) => shape === mark.shape && isFilled === mark.isFilled)
}

export function markGlyph(mark: DecisionMark): string {
  return glyphs[mark.shape][mark.isFilled ? 'filled' : 'hollow']
}

/** What the marks mean, for legends: filling first, then the shapes that `counts` (by `markKinds`) says occur. */
export function markLegend(counts: readonly number[]): readonly { glyph: string; meaning: string }[] {
  const occurs = (shape: MarkShape): boolean => markKinds.some((kind, index) => kind.shape === shape && (counts[index] ?? 0) > 0)
  return [
    { glyph: '●', meaning: 'inserted' },
    { glyph: '○', meaning: 'declined' },
    ...shapeMeanings.filter(({ shape }) => occurs(shape)).map(({ shape, meaning }) => ({ glyph: glyphs[shape].hollow, meaning })),
  ]
}

const shapeMeanings: readonly { shape: MarkShape; meaning: string }[] = [
  { shape: 'diamond', meaning: 'constant' },
  { shape: 'square', meaning: 'policy' },
  { shape: 'triangle', meaning: 'forced' },
  { shape: 'tick', meaning: 'not asked' },
]
