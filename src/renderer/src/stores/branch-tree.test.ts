import { describe, expect, it } from 'vitest'
import { modelIdSchema, runIdSchema, traceIdSchema } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { branchRows, forkOf } from './branch-tree.ts'

function branch(id: string, parent: [string, number] | null, createdAt: number): TraceHeader {
  return {
    id: traceIdSchema.parse(id), runId: runIdSchema.parse('r'), modelId: modelIdSchema.parse('m'), modelName: 'Sample', prompt: { kind: 'text', text: '' }, renderedPrompt: '',
    config: runConfigSchema.parse({}), parent: parent && { traceId: traceIdSchema.parse(parent[0]), stepIndex: parent[1] },
    changes: parent === null ? [] : [{ stepIndex: parent[1], change: { kind: 'decision', decision: 1 } }], placement: null, certificate: null, origin: null, finish: null, error: null,
    stepCount: 50, weaveCount: 0, preview: '', ending: '', createdAt, updatedAt: createdAt,
  }
}

const root = branch('root', null, 0)
const late = branch('late', ['root', 20], 1)
const early = branch('early', ['root', 5], 2)
const grandchild = branch('grandchild', ['late', 30], 3)
const shallow = branch('shallow', ['late', 10], 4)
const all = [root, late, early, grandchild, shallow]

describe('the tree of branches', () => {
  it('lists each branch under its parent, by where it forks', () => {
    expect(branchRows(all).map(({ header, depth }) => [header.id, depth])).toEqual([['root', 0], ['early', 1], ['late', 1], ['shallow', 2], ['grandchild', 2]])
  })

  it('keeps branches whose parent is not among them', () => {
    expect(branchRows([grandchild]).map(({ depth }) => depth)).toEqual([0])
  })

  it('finds where two branches part', () => {
    expect(forkOf(root, late, all)).toBe(20)
    expect(forkOf(early, late, all)).toBe(5)
    expect(forkOf(grandchild, root, all)).toBe(20)
    expect(forkOf(grandchild, shallow, all)).toBe(10)
    // Its steps from 10 on are not the beginning's any more, though its parent's up to 20 are.
    expect(forkOf(shallow, root, all)).toBe(10)
    expect(forkOf(root, branch('other', null, 9), all)).toBe(0)
  })
})
