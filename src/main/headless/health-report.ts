/** @file Checkpoint health as lines of text. It does not know how anything was checked. */
import type { CheckpointHealth, HealthVerdict } from '../../shared/domain/health.ts'
import { showControls, styled, type Style } from './shell.ts'

const verdictMarks: Record<HealthVerdict, { symbol: string; style: Style; word: string }> = {
  ok: { symbol: '✓', style: 'green', word: 'healthy' },
  warning: { symbol: '!', style: 'yellow', word: 'usable, with warnings' },
  error: { symbol: '✗', style: 'red', word: 'not usable as it is' },
}

const kindNames: Record<CheckpointHealth['kind'], string> = {
  'base-model': 'base model without memory',
  memgen: 'MemGen checkpoint',
  'latent-memory-model': 'MemGen checkpoint, earlier version (LatentMemoryModel)',
  unreadable: 'unreadable',
}

/** Titles longer than this do not push all details to the right. */
const MAX_TITLE_COLUMN = 56

export function formatHealth(health: CheckpointHealth, isColoured: boolean): string[] {
  const { symbol, style, word } = verdictMarks[health.verdict]
  return [
    styled(health.path, 'bold', isColoured),
    `${styled(`${symbol} ${word}`, style, isColoured)} · ${kindNames[health.kind]}`,
    '',
    ...formatChecks(health, isColoured),
    '',
    ...formatFiles(health, isColoured),
    ...formatMemory(health),
  ].map(showStyledControls)
}

function formatChecks({ checks }: CheckpointHealth, isColoured: boolean): string[] {
  const width = Math.min(MAX_TITLE_COLUMN, Math.max(0, ...checks.map(({ title }) => title.length)))
  return checks.map(({ verdict, title, detail }) => {
    const { symbol, style } = verdictMarks[verdict]
    return `  ${styled(symbol, style, isColoured)} ${title.padEnd(width)}  ${styled(detail, verdict === 'ok' ? 'dim' : style, isColoured)}`
  })
}

function formatFiles({ files }: CheckpointHealth, isColoured: boolean): string[] {
  if (files.length === 0) return []
  const width = Math.max(...files.map(({ sizeBytes }) => formatBytes(sizeBytes).length))
  const lines = files.map(({ path, sizeBytes, sha256 }) => {
    const hash = sha256 === undefined ? '' : `  ${styled(sha256, 'dim', isColoured)}`
    return `  ${formatBytes(sizeBytes).padStart(width)}${hash}  ${path}`
  })
  return ['Files', ...lines, '']
}

function formatMemory({ memory }: CheckpointHealth): string[] {
  if (memory === null) return []
  const { weightsBytes, memoryPartsBytes, cacheBytesPerToken, peakBytes, baseCopies, reason } = memory
  return [
    'Memory when loaded on the CPU in float32',
    `  weights ${formatBytes(weightsBytes)} (${baseCopies === 1 ? 'one copy' : `${baseCopies} copies`}), adapters and latents ${formatBytes(memoryPartsBytes)}, cache ${formatBytes(cacheBytesPerToken)} a token, peak ${formatBytes(peakBytes)}`,
    `  ${reason}`,
  ]
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? 'B'}`
}

/** Names come out of foreign files; our own styles are the only escape sequences let through. */
function showStyledControls(line: string): string {
  return line.split(/(\u001B\[\d+m)/).map((part, index) => (index % 2 === 1 ? part : showControls(part))).join('')  
}
