/** @file The list of runs over a host that answers at once. */
import { createPinia } from 'pinia'
import { createApp, nextTick, shallowRef } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import { sampleRun } from '../../../../test/support/sample-run.ts'
import type { Client } from '../api/client.ts'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { provideHost } from './host.ts'
import { useRunListStore } from './run-list.ts'
import { selectAll } from './run-selection.ts'

const runs = [
  sampleRun({ id: 'new', createdAt: 3, tags: ['paper'], experimentName: 'B' }),
  sampleRun({ id: 'old', createdAt: 2, experimentName: 'A' }),
  sampleRun({ id: 'gone', createdAt: 1, trashedAt: 9 }),
]
const silence = () => Promise.resolve((async function* () {})())

interface Query { ids?: string[]; refusal?: Error }

function setUp(query: Query = {}) {
  const evaluations = {
    runs: () => Promise.resolve({ runs }),
    events: silence,
    annotate: ({ runIds, isTrashed }: { runIds: string[]; isTrashed?: boolean }) =>
      Promise.resolve({ runs: runs.filter(({ id }) => runIds.includes(id)).map((run): EvaluationRun => ({ ...run, trashedAt: isTrashed ? 9 : null, updatedAt: 9 })) }),
    query: () => (query.refusal === undefined ? Promise.resolve({ runIds: query.ids ?? [], elapsedMs: 1 }) : Promise.reject(query.refusal)),
    saveView: ({ name, view }: { name: string; view: object }) => Promise.resolve({ id: name, name, view, createdAt: 0 }),
  }
  const app = createApp({})
  app.use(createPinia())
  provideHost(app, { client: { evaluations } as unknown as Client, connection: shallowRef({ kind: 'connected' }) }) // the stores call nothing else
  return app.runWithContext(() => ({ list: useRunListStore(), evaluations: useEvaluationsStore() }))
}

async function setUpRead(query?: Query) {
  const stores = setUp(query)
  await stores.evaluations.follow()
  await vi.waitFor(() => expect(stores.evaluations.isRead).toBe(true))
  return stores
}

const idsOf = (list: ReturnType<typeof useRunListStore>): string[] => [...list.rowIds]

describe('the list of runs', () => {
  it('stays as it was while an expression cannot be understood', async () => {
    const { list } = await setUpRead()
    list.change({ filter: { kind: 'expression', source: 'hasTag("paper")' } })
    await nextTick()
    expect(idsOf(list)).toEqual(['new'])
    list.change({ filter: { kind: 'expression', source: 'hasTag("paper") &&' } })
    await nextTick()
    expect(idsOf(list)).toEqual(['new'])
    list.change({ filter: { kind: 'expression', source: '' } })
    await nextTick()
    expect(idsOf(list)).toEqual(['new', 'old'])
  })

  it('shows what a query answers, and says why it could not', async () => {
    const { list } = await setUpRead({ ids: ['old'] })
    list.change({ filter: { kind: 'sql', source: 'SELECT id' } })
    await list.runQuery()
    expect(idsOf(list)).toEqual(['old'])
    const { list: refused } = await setUpRead({ refusal: new Error('no such table') })
    refused.change({ filter: { kind: 'sql', source: 'SELECT id' } })
    await refused.runQuery()
    expect(refused.queryFailure?.happened).toBe('no such table')
    expect(idsOf(refused)).toEqual(['new', 'old'])
  })

  it('loses from the selection what leaves the list', async () => {
    const { list, evaluations } = await setUpRead()
    list.selection = selectAll(list.selection, list.rowIds)
    expect(list.selectedRuns.map(({ id }) => id)).toEqual(['new', 'old'])
    await evaluations.annotate([runs[0]!.id], { isTrashed: true })
    await nextTick()
    expect(list.selectedRuns.map(({ id }) => id)).toEqual(['old'])
    list.change({ showsTrash: true })
    expect(idsOf(list)).toEqual(['new', 'gone'])
  })

  it('sorts by a column, in the other direction when it is asked again', async () => {
    const { list } = await setUpRead()
    list.sortBy('experiment')
    expect(idsOf(list)).toEqual(['new', 'old'])
    list.sortBy('experiment')
    expect(idsOf(list)).toEqual(['old', 'new'])
  })

  it('shows, hides and moves columns, and keeps a view under its name', async () => {
    const { list } = await setUpRead()
    list.toggleColumn('seed')
    list.moveColumn('seed', 0)
    expect(list.columns[0]).toBe('seed')
    list.toggleColumn('seed')
    expect(list.columns).not.toContain('seed')
    await list.saveView('mine')
    await list.saveView('mine')
    expect(list.savedViews.map(({ name }) => name)).toEqual(['mine'])
  })
})
