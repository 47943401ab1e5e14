/** @file Followed work and the operators within it as one tree of times. It measures nothing and reads no file. */
import type { ProfiledOp, ProfileFrame, ProfileFrameKind } from '../../../shared/domain/profile.ts'
import { OperatorSums, type RunRecord } from './operator-record.ts'
import type { RunReference, WorkSpan } from './work-spans.ts'

/** What of a role's runs is not spent in operators. */
const outside = {
  /** In JavaScript: feeds, masks, rotary angles, and putting new keys and values away. */
  feeding: 'feeds, masks and caches',
  /** Between JavaScript and ONNX Runtime: waiting for the thread, taking over feeds, copying what is fetched. */
  crossing: 'into and out of ONNX Runtime',
  /** Inside it: allocation, scheduling, waiting for a device, and the profile's own bookkeeping. */
  between: 'between operators',
} as const

/** The runs of each session. */
type Sessions = readonly (readonly RunRecord[])[]

/** A run of the graph that reasoner and trigger share, as spans name it. */
export const FORWARD = 'forward'

/** Sums what was followed: siblings of one name become one frame. A frame's time is at least that of its children. */
export function profileTree(root: WorkSpan, sessions: Sessions): ProfileFrame {
  const tree = new FrameSum(root.name, 'generation')
  tree.add(root.ms, 1)
  for (const span of root.within) addSpan(tree, span, sessions)
  return tree.toFrame()
}

/** Operators by kind and provider, the longest first. */
export function profiledOps(root: WorkSpan, sessions: Sessions): ProfiledOp[] {
  const sums = new OperatorSums()
  const addAll = (span: WorkSpan): void => {
    if (span.kind === 'run') for (const operator of recordOf(span.run, sessions).operators) sums.add({ ...operator, group: '' })
    for (const inner of span.within) addAll(inner)
  }
  addAll(root)
  return sums
    .list()
    .map(({ opType, provider, ms, count }) => ({ opType, provider, ms, count }))
    .sort((a, b) => b.ms - a.ms)
}

function addSpan(parent: FrameSum, span: WorkSpan, sessions: Sessions): void {
  switch (span.kind) {
    case 'phase': {
      const frame = parent.child('phase', span.name)
      frame.add(span.ms, 1)
      for (const inner of span.within) addSpan(frame, inner, sessions)
      return
    }
    case 'role':
      addRole(parent, span, sessions)
      return
    case 'run': {
      const isForward = span.name === FORWARD
      const frame = parent.child(isForward ? 'run' : 'phase', span.name)
      frame.add(span.ms, 1)
      addRun(frame, span.ms, recordOf(span.run, sessions), { hasGroups: isForward })
      return
    }
    default:
      span satisfies never
  }
}

/** A role's runs of the forward graph are its frame; what else its call did, such as projecting latents, stands beside it. */
function addRole(parent: FrameSum, span: WorkSpan, sessions: Sessions): void {
  const frame = parent.child('run', span.name)
  const forwards = span.within.flatMap((inner) => (inner.kind === 'run' && inner.name === FORWARD ? [inner] : []))
  const others = span.within.filter(({ name }) => name !== FORWARD)
  const ownMs = span.ms - sumMs(others)
  frame.add(ownMs, forwards.length)
  frame.child('outside', outside.feeding).add(ownMs - sumMs(forwards), forwards.length)
  for (const { ms, run } of forwards) addRun(frame, ms, recordOf(run, sessions), { hasGroups: true })
  for (const other of others) addSpan(parent, other, sessions)
}

/**
 * @param spanMs of the run as JavaScript saw it
 * @param options.hasGroups whether the graph has parts worth telling apart
 */
function addRun(frame: FrameSum, spanMs: number, { ms, operators }: RunRecord, { hasGroups }: { hasGroups: boolean }): void {
  frame.child('outside', outside.crossing).add(spanMs - ms, 1)
  frame.child('outside', outside.between).add(ms - sumMs(operators), 1)
  for (const operator of operators) {
    const group = hasGroups ? frame.child('group', operator.group) : null
    group?.add(operator.ms, operator.count)
    ;(group ?? frame).child('op', operator.opType).add(operator.ms, operator.count)
  }
}

function recordOf({ session, index }: RunReference, sessions: Sessions): RunRecord {
  const record = sessions[session]?.[index]
  if (record === undefined) throw new Error(`internal: run ${index} of session ${session} was followed, and ONNX Runtime recorded none`)
  return record
}

function sumMs(parts: readonly { readonly ms: number }[]): number {
  return parts.reduce((sum, { ms }) => sum + ms, 0)
}

/** Parts of a graph stand by their time; phases and runs as they first came. */
const isOrderedByTime = { generation: false, phase: false, run: false, outside: true, group: true, op: true } as const satisfies Record<ProfileFrameKind, boolean>

class FrameSum {
  readonly #name: string
  readonly #kind: ProfileFrameKind
  readonly #children = new Map<string, FrameSum>()
  #ms = 0
  #count = 0

  constructor(name: string, kind: ProfileFrameKind) {
    this.#name = name
    this.#kind = kind
  }

  /** Two clocks may differ by less than a microsecond the wrong way round: that is no time. */
  add(ms: number, count: number): void {
    this.#ms += Math.max(0, ms)
    this.#count += count
  }

  child(kind: ProfileFrameKind, name: string): FrameSum {
    const key = `${kind} ${name}`
    const child = this.#children.get(key) ?? new FrameSum(name, kind)
    this.#children.set(key, child)
    return child
  }

  toFrame(): ProfileFrame {
    const frames = [...this.#children.values()].map((child) => child.toFrame())
    const byTime = frames.filter(({ kind }) => isOrderedByTime[kind]).sort((a, b) => b.ms - a.ms)
    const children = [...frames.filter(({ kind }) => !isOrderedByTime[kind]), ...byTime]
    return { name: this.#name, kind: this.#kind, ms: Math.max(this.#ms, sumMs(children)), count: this.#count, children }
  }
}
