/** @file Trees of times from followed work: everything adds up, whatever lies within what. */
import { expect, test } from 'vitest'
import fc from 'fast-check'
import type { ProfileFrame } from '../../../shared/domain/profile.ts'
import type { RunRecord } from './operator-record.ts'
import { FORWARD, profiledOps, profileTree } from './profile-tree.ts'
import { WorkSpans, type WorkSpan } from './work-spans.ts'

const CPU = 'CPUExecutionProvider'

function run(ms: number, operators: readonly [group: string, opType: string, ms: number][]): RunRecord {
  return { ms, operators: operators.map(([group, opType, opMs]) => ({ group, opType, provider: CPU, ms: opMs, count: 1 })) }
}

/** As lines `kind name ms count`, deeper ones indented. */
function show(frame: ProfileFrame, depth = 0): string[] {
  return [`${'  '.repeat(depth)}${frame.kind} ${frame.name} ${frame.ms} ${frame.count}`, ...frame.children.flatMap((child) => show(child, depth + 1))]
}

test('a role’s runs, what is outside their operators, and what else its call did stand in their phase', () => {
  const forward = (index: number, ms: number): WorkSpan => ({ kind: 'run', name: FORWARD, run: { session: 0, index }, ms, within: [] })
  const projection: WorkSpan = { kind: 'run', name: 'projection', run: { session: 1, index: 0 }, ms: 3, within: [] }
  const weaver: WorkSpan = { kind: 'role', name: 'weaver', ms: 50, within: [projection, forward(0, 20), forward(1, 15)] }
  const root: WorkSpan = { kind: 'phase', name: 'generation', ms: 70, within: [{ kind: 'phase', name: 'weave', ms: 60, within: [weaver] }] }
  const sessions = [
    [run(18, [['mlp', 'Gemm', 9], ['mlp', 'Mul', 1], ['norms', 'RMSNormalization', 2]]), run(14, [['mlp', 'Gemm', 8], ['norms', 'RMSNormalization', 3]])],
    [run(2, [['residuals and results', 'Gemm', 1]])],
  ]
  expect(show(profileTree(root, sessions))).toEqual([
    'generation generation 70 1',
    '  phase weave 60 1',
    '    run weaver 47 2',
    '      group mlp 18 3',
    '        op Gemm 17 2',
    '        op Mul 1 1',
    '      outside feeds, masks and caches 12 2',
    '      outside between operators 9 2',
    '      group norms 5 2',
    '        op RMSNormalization 5 2',
    '      outside into and out of ONNX Runtime 3 2',
    '    phase projection 3 1',
    '      outside into and out of ONNX Runtime 1 1',
    '      outside between operators 1 1',
    '      op Gemm 1 1',
  ])
  expect(profiledOps(root, sessions)).toEqual([
    { opType: 'Gemm', provider: CPU, ms: 18, count: 3 },
    { opType: 'RMSNormalization', provider: CPU, ms: 5, count: 2 },
    { opType: 'Mul', provider: CPU, ms: 1, count: 1 },
  ])
})

test('a run that no role asked for is a frame of its own', () => {
  const root: WorkSpan = { kind: 'phase', name: 'generation', ms: 9, within: [{ kind: 'run', name: FORWARD, run: { session: 0, index: 0 }, ms: 8, within: [] }] }
  expect(show(profileTree(root, [[run(7, [['mlp', 'Gemm', 7]])]]))).toEqual([
    'generation generation 9 1',
    '  run forward 8 1',
    '    group mlp 7 1',
    '      op Gemm 7 1',
    '    outside into and out of ONNX Runtime 1 1',
    '    outside between operators 0 1',
  ])
})

test('a run that ONNX Runtime did not record is a bug', () => {
  const root: WorkSpan = { kind: 'phase', name: 'generation', ms: 9, within: [{ kind: 'run', name: FORWARD, run: { session: 0, index: 1 }, ms: 8, within: [] }] }
  expect(() => profileTree(root, [[run(7, [])]])).toThrow('internal: run 1 of session 0')
})

const times = fc.double({ min: 0, max: 1e4, noNaN: true })
const operatorTimes = fc.array(fc.record({ group: fc.constantFrom('mlp', 'norms'), opType: fc.constantFrom('Gemm', 'Mul'), ms: times }), { maxLength: 5 })
/** Any nesting, and times that contradict each other as those of two clocks may. */
const runSpan: fc.Arbitrary<WorkSpan> = fc
  .record({ name: fc.constantFrom(FORWARD, 'projection'), index: fc.nat({ max: 2 }), ms: times })
  .map(({ index, ...span }) => ({ kind: 'run', run: { session: 0, index }, ...span, within: [] }))
const spans = fc.letrec<{ span: WorkSpan; outer: WorkSpan; within: WorkSpan[] }>((tie) => ({
  span: fc.oneof({ depthSize: 'small', withCrossShrink: true }, runSpan, tie('outer')),
  outer: fc.record({ kind: fc.constantFrom('phase', 'role'), name: fc.constantFrom('a', 'b'), ms: times, within: tie('within') }),
  within: fc.array(tie('span'), { maxLength: 4 }),
}))

function everyFrame(frame: ProfileFrame): ProfileFrame[] {
  return [frame, ...frame.children.flatMap(everyFrame)]
}

test('whatever was followed, no frame is shorter than its children together, and none is negative', () => {
  const runs = fc.tuple(...[0, 1, 2].map(() => fc.record({ ms: times, operators: operatorTimes })))
  fc.assert(
    fc.property(fc.record({ ms: times, within: spans.within }), runs, ({ ms, within }, recorded) => {
      const records = recorded.map((record) => ({ ...record, operators: record.operators.map((operator) => ({ ...operator, provider: CPU, count: 1 })) }))
      const tree = profileTree({ kind: 'phase', name: 'generation', ms, within }, [records])
      for (const frame of everyFrame(tree)) {
        expect(frame.ms).toBeGreaterThanOrEqual(frame.children.reduce((sum, child) => sum + child.ms, 0))
        expect(frame.ms).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

test('work that begins while other work lasts lies within it, also when it fails', async () => {
  let clock = 0
  const tick = (ms: number): void => void (clock += ms)
  const spans = new WorkSpans('generation', () => clock)
  await spans.whole(async () => {
    await spans.phase('decide', async () => {
      tick(1)
      spans.phaseNow('gate', () => tick(2))
    })
    const failing = spans.phase('weave', () => spans.role('weaver', () => spans.run(FORWARD, { session: 0, index: 0 }, () => (tick(4), Promise.reject(new Error('lost'))))))
    await expect(failing).rejects.toThrow('lost')
    await spans.phase('decode', async () => tick(8))
  })
  const nested = ({ name, ms, within }: WorkSpan): unknown[] => [name, ms, ...within.map(nested)]
  expect(nested(spans.root)).toEqual(['generation', 15, ['decide', 3, ['gate', 2]], ['weave', 4, ['weaver', 4, [FORWARD, 4]]], ['decode', 8]])
})
