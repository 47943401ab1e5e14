/** @file The branches of a run as the rows of a tree, and where two of them part. It does not know how a change is worded. */
import type { AppliedChange } from '../../../shared/domain/branch.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'

export interface BranchRow {
  header: TraceHeader
  /** 0 for the beginning. */
  depth: number
  /** What was changed at its own fork; null for the beginning. */
  change: AppliedChange | null
  isLastChild: boolean
}

/** Depth first, each branch's children by the step they fork at, then by age. A branch whose parent is unknown stands at the top. */
export function branchRows(headers: readonly TraceHeader[]): BranchRow[] {
  const known = new Set(headers.map(({ id }) => id))
  const childrenOf = Map.groupBy(headers, ({ parent }) => (parent !== null && known.has(parent.traceId) ? parent.traceId : null))
  const rows: BranchRow[] = []

  function append(parentId: TraceId | null, depth: number): void {
    const children = (childrenOf.get(parentId) ?? []).toSorted((a, b) => (a.parent?.stepIndex ?? 0) - (b.parent?.stepIndex ?? 0) || a.createdAt - b.createdAt)
    children.forEach((header, index) => {
      rows.push({ header, depth, change: ownChange(header), isLastChild: index === children.length - 1 })
      append(header.id, depth + 1)
    })
  }

  append(null, 0)
  return rows
}

/** The change that made a branch of its parent. */
function ownChange({ parent, changes }: TraceHeader): AppliedChange | null {
  return parent === null ? null : (changes.at(-1) ?? { stepIndex: parent.stepIndex, change: { kind: 'none' } })
}

/** Every step before this one is the same in both branches by descent; 0 for traces without a common beginning. */
export function forkOf(a: TraceHeader, b: TraceHeader, headers: readonly TraceHeader[]): number {
  const byId = new Map(headers.map((header) => [header.id, header]))
  /** How many of its first steps a trace has from each of its ancestors; all of them from itself. */
  const sharedBy = new Map<TraceId, number>()
  for (let [header, shared]: [TraceHeader | undefined, number] = [a, Infinity]; header !== undefined; ) {
    sharedBy.set(header.id, shared)
    if (header.parent === null) break
    shared = Math.min(shared, header.parent.stepIndex)
    header = byId.get(header.parent.traceId)
  }
  for (let [header, shared]: [TraceHeader | undefined, number] = [b, Infinity]; header !== undefined; ) {
    const known = sharedBy.get(header.id)
    if (known !== undefined) return Math.min(known, shared, a.stepCount, b.stepCount)
    if (header.parent === null) break
    shared = Math.min(shared, header.parent.stepIndex)
    header = byId.get(header.parent.traceId)
  }
  return 0
}
