/** @file The cells of a transition matrix with their words, numbers and shares. It does not know how it is drawn. */
import type { PairedComparison, TransitionCell } from '../../../shared/domain/comparison.ts'

export interface MatrixCell {
  readonly cell: TransitionCell
  readonly title: string
  /** What happened to a sample in it, from the baseline to the other run. */
  readonly meaning: string
  readonly count: number
  /** Of all pairs; null where there are none. */
  readonly share: number | null
}

const words: Readonly<Record<TransitionCell, { title: string; meaning: string; count: keyof PairedComparison['transitions'] }>> = {
  'both-right': { title: 'Both right', meaning: 'right under both', count: 'bothRight' },
  harmed: { title: 'Harmed', meaning: 'right under the baseline, wrong under the other', count: 'harmed' },
  helped: { title: 'Helped', meaning: 'wrong under the baseline, right under the other', count: 'helped' },
  'both-wrong': { title: 'Both wrong', meaning: 'wrong under both', count: 'bothWrong' },
}

/** Row by row: baseline right, then baseline wrong; in each the other run right, then wrong. */
export const matrixOrder: readonly TransitionCell[] = ['both-right', 'harmed', 'helped', 'both-wrong']

export function matrixCells({ transitions }: Pick<PairedComparison, 'transitions'>): MatrixCell[] {
  const total = Object.values(transitions).reduce((sum, count) => sum + count, 0)
  return matrixOrder.map((cell) => {
    const { title, meaning, count } = words[cell]
    return { cell, title, meaning, count: transitions[count], share: total === 0 ? null : transitions[count] / total }
  })
}

export function cellTitle(cell: TransitionCell): string {
  return words[cell].title
}
