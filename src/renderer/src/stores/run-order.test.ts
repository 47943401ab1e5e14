import { describe, expect, it } from 'vitest'
import { sampleRun } from '../../../../test/support/sample-run.ts'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import { evaluationRunIdSchema } from '../../../shared/domain/experiment-ids.ts'
import { compileRunFilter } from '../../../shared/run-filter/compile-run-filter.ts'
import { readColumn, runColumnIds } from './run-columns.ts'
import { bestOf, filterRuns, inRuns, listItems, sortRuns, tagsOf, type RunListItem } from './run-order.ts'

const accuracyOf = (estimate: number): NonNullable<EvaluationRun['accuracy']> => ({ estimate, low: estimate, high: estimate })
const good = sampleRun({ id: 'good', createdAt: 1, accuracy: accuracyOf(0.9), tags: ['paper'], experimentName: 'A' })
const poor = sampleRun({ id: 'poor', createdAt: 2, accuracy: accuracyOf(0.2), tags: ['paper', 'draft'], experimentName: 'B' })
const begun = sampleRun({ id: 'begun', createdAt: 3, accuracy: null, status: 'running', experimentName: 'B' })
const trashed = sampleRun({ id: 'trashed', createdAt: 4, trashedAt: 9 })
const runs = [trashed, begun, poor, good]

const idsOf = (list: readonly EvaluationRun[]): string[] => list.map(({ id }) => id)
const linesOf = (items: readonly RunListItem[]): string[] => items.map((item) => (item.kind === 'run' ? item.run.id : `${item.label} (${item.count})`))

describe('the list of runs', () => {
  it('shows the trash or everything else', () => {
    expect(idsOf(filterRuns(runs, { showsTrash: false }, null, 0))).toEqual(['begun', 'poor', 'good'])
    expect(idsOf(filterRuns(runs, { showsTrash: true }, null, 0))).toEqual(['trashed'])
  })

  it('keeps what an expression or a query asks for', () => {
    expect(idsOf(filterRuns(runs, { showsTrash: false }, compileRunFilter('hasTag("paper") && accuracy > 0.5'), 0))).toEqual(['good'])
    expect(idsOf(filterRuns(runs, { showsTrash: false }, compileRunFilter(' '), 0))).toHaveLength(3)
    expect(idsOf(filterRuns(runs, { showsTrash: false }, inRuns([evaluationRunIdSchema.parse('poor')]), 0))).toEqual(['poor'])
  })

  it('sorts in both directions with missing values last', () => {
    expect(idsOf(sortRuns(runs, { column: 'createdAt', descending: true }, 0))).toEqual(['trashed', 'begun', 'poor', 'good'])
    expect(idsOf(sortRuns([begun, poor, good], { column: 'accuracy', descending: true }, 0))).toEqual(['good', 'poor', 'begun'])
    expect(idsOf(sortRuns([begun, poor, good], { column: 'accuracy', descending: false }, 0))).toEqual(['poor', 'good', 'begun'])
    expect(idsOf(sortRuns([good, poor], { column: 'gone', descending: false }, 0))).toEqual(['good', 'poor'])
  })

  it('sorts every column there is', () => {
    for (const column of runColumnIds) {
      expect(sortRuns(runs, { column, descending: true }, 0)).toHaveLength(4)
      expect(readColumn(column, { run: good, now: 0 })).not.toBeUndefined()
    }
  })

  it('puts runs into groups with their count and the best of them, and hides the runs of a collapsed one', () => {
    const sorted = [begun, poor, good]
    expect(linesOf(listItems(sorted, null, new Set(), 0))).toEqual(['begun', 'poor', 'good'])
    const items = listItems(sorted, 'experiment', new Set(), 0)
    expect(linesOf(items)).toEqual(['B (2)', 'begun', 'poor', 'A (1)', 'good'])
    expect(items[0]).toMatchObject({ best: { id: 'poor' } })
    expect(linesOf(listItems(sorted, 'experiment', new Set(['experiment=B']), 0))).toEqual(['B (2)', 'A (1)', 'good'])
  })

  it('knows the best run and the tags there are', () => {
    expect(bestOf([begun])).toBeNull()
    expect(bestOf(runs)?.id).toBe('good')
    expect(tagsOf(runs)).toEqual([{ tag: 'paper', count: 2 }, { tag: 'draft', count: 1 }])
  })
})
