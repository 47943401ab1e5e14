/** @file Checkpoint health as a person reads it. */
import { expect, test } from 'vitest'
import type { CheckpointHealth } from '../../shared/domain/health.ts'
import { formatBytes, formatHealth } from './health-report.ts'

const health: CheckpointHealth = {
  path: '/runs/gsm8k',
  kind: 'memgen',
  verdict: 'warning',
  checks: [
    { id: 'reasoner.tensors', title: 'Every weight is there', verdict: 'ok', detail: '50 of 50 tensors found.' },
    { id: 'weaver.lora', title: 'The weaver is trained', verdict: 'warning', detail: 'All lora_B are zero.' },
  ],
  files: [
    { path: '/runs/gsm8k/weaver.bin', sizeBytes: 5_200, sha256: 'ab12' },
    { path: '/runs/gsm8k/evil\u001B[2Jname', sizeBytes: 12 },
  ],
  memory: {
    device: 'cpu',
    precision: 'f32',
    baseCopies: 2,
    weightsBytes: 3 * 1024 ** 3,
    memoryPartsBytes: 1024,
    cacheBytesPerToken: 2048,
    peakBytes: 4 * 1024 ** 3,
    residentBytes: 3.5 * 1024 ** 3,
    deviceBytes: 0,
    sideFileBytes: 0,
    reason: 'The weaver has a base of its own.',
  },
}

test('verdicts are symbols, columns are aligned, and sizes are readable', () => {
  expect(formatHealth(health, false).join('\n')).toBe(`/runs/gsm8k
! usable, with warnings · MemGen checkpoint

  ✓ Every weight is there  50 of 50 tensors found.
  ! The weaver is trained  All lora_B are zero.

Files
  5.1 KiB  ab12  /runs/gsm8k/weaver.bin
     12 B  /runs/gsm8k/evil␛[2Jname

Memory when loaded on the CPU in float32
  weights 3.0 GiB (2 copies), adapters and latents 1.0 KiB, cache 2.0 KiB a token, peak 4.0 GiB
  The weaver has a base of its own.`)
})

test('colours are ours; an escape sequence in a file name stays visible', () => {
  const lines = formatHealth(health, true).join('\n')
  expect(lines).toContain('\u001B[33m!\u001B[0m The weaver is trained')
  expect(lines).not.toContain('\u001B[2J')
})

test('sizes step by 1024', () => {
  expect([0, 1, 1023, 1024, 1536, 1024 ** 4].map(formatBytes)).toEqual(['0 B', '1 B', '1023 B', '1.0 KiB', '1.5 KiB', '1.0 TiB'])
})
