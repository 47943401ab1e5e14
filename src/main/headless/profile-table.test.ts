/** @file A profile on a terminal: a tree with shares, then the operators. */
import { expect, test } from 'vitest'
import type { Profile, ProfileFrame } from '../../shared/domain/profile.ts'
import { runConfigSchema } from '../../shared/domain/run-config.ts'
import { formatProfile } from './profile-table.ts'

const frame = (kind: ProfileFrame['kind'], name: string, ms: number, count: number, ...children: ProfileFrame[]): ProfileFrame => ({ kind, name, ms, count, children })

const mlp = frame('group', 'mlp', 50, 12, frame('op', 'Gemm', 45, 8))
const reasoner = frame('run', 'reasoner: a token', 80, 4, mlp, frame('outside', 'between operators', 9.96, 4), frame('outside', 'feeds, masks and caches', 0.05, 4))
const profile: Profile = {
  format: 'memgen-profile-1',
  modelName: 'demo\u001B[2J',
  device: 'cpu',
  precision: 'q8',
  fallback: null,
  prompt: { kind: 'text', text: 'hello' },
  config: runConfigSchema.parse({}),
  promptTokens: 1,
  tokens: 4,
  insertions: 0,
  elapsedMs: 100,
  plainElapsedMs: 80,
  root: frame('generation', 'generation', 100, 1, frame('phase', 'decide', 5, 4), frame('phase', 'decode', 90, 4, reasoner)),
  ops: [{ opType: 'MatMulNBits', provider: 'CPUExecutionProvider', ms: 45, count: 8 }],
  versions: {},
  createdAt: 0,
}

test('the tree goes down to the parts of the graph, without what took next to nothing', () => {
  expect(formatProfile(profile, false)).toEqual([
    'demo␛[2J · cpu q8 · 1 prompt token · 4 tokens · 0 insertions',
    '100.0 ms with profiling on, 80.0 ms without: 50.0 tokens/s',
    '',
    'where                       ms    share  count',
    'generation               100.0  100.0 %      1',
    '  decide                   5.0    5.0 %      4',
    '  decode                  90.0   90.0 %      4',
    '    reasoner: a token     80.0   80.0 %      4',
    '      mlp                 50.0   50.0 %     12',
    '      between operators   10.0   10.0 %      4',
    '',
    'operator       ms   share  count  provider',
    'MatMulNBits  45.0  45.0 %      8  CPUExecutionProvider',
  ])
})

test('a fallback is told with its reason, and colours mark headings and what is no operator’s time', () => {
  const lines = formatProfile({ ...profile, fallback: { device: 'webgpu', reason: 'No supported adapters' } }, true)
  expect(lines[2]).toBe('computed on the CPU: webgpu cannot be used (No supported adapters)')
  expect(lines.find((line) => line.includes('between operators'))).toMatch(/^\u001B\[2m/)
  expect(lines.find((line) => line.includes('where'))).toMatch(/^\u001B\[1m/)
})
