/** @file A profile as lines for a terminal: where the time went as an indented tree, and the operators that took most of it. It computes nothing. */
import type { Profile, ProfileFrame } from '../../shared/domain/profile.ts'
import { plural } from '../../shared/plural.ts'
import { showControls, styled } from './shell.ts'

/** Operators shown; the rest is rarely a hundredth. */
const SHOWN_OPS = 12
/** Parts below this share of the generation are left to the JSON. */
const SMALLEST_SHARE = 0.001

const MS_PER_SECOND = 1000

/** @param isColoured whether headings stand out, and what is no operator's time steps back */
export function formatProfile(profile: Profile, isColoured: boolean): string[] {
  const { root, ops } = profile
  const frames = listFrames(root, root.ms)
  const [treeHead = '', ...tree] = alignColumns([['where', 'ms', 'share', 'count'], ...frames.map(({ frame, depth }) => [`${'  '.repeat(depth)}${frame.name}`, ...numbers(frame, root.ms)])])
  const [opsHead = '', ...operators] = alignColumns([['operator', 'ms', 'share', 'count', 'provider'], ...ops.slice(0, SHOWN_OPS).map((op) => [op.opType, ...numbers(op, root.ms), op.provider])])
  return [
    ...formatHeading(profile),
    '',
    styled(treeHead, 'bold', isColoured),
    ...tree.map((line, index) => styled(line, 'dim', isColoured && frames[index]?.frame.kind === 'outside')),
    '',
    styled(opsHead, 'bold', isColoured),
    ...operators,
  ]
}

function formatHeading({ modelName, device, precision, fallback, promptTokens, tokens, insertions, elapsedMs, plainElapsedMs }: Profile): string[] {
  const counts = [plural(promptTokens, 'prompt token'), plural(tokens, 'token'), plural(insertions, 'insertion')]
  const rate = (tokens * MS_PER_SECOND) / plainElapsedMs
  return [
    showControls([modelName, `${device} ${precision}`, ...counts].join(' · ')),
    `${formatMs(elapsedMs)} ms with profiling on, ${formatMs(plainElapsedMs)} ms without: ${rate.toFixed(1)} tokens/s`,
    ...(fallback === null ? [] : [showControls(`computed on the CPU: ${fallback.device} cannot be used (${fallback.reason})`)]),
  ]
}

/** Down to the parts of the graph: operators have a table of their own. */
function listFrames(frame: ProfileFrame, wholeMs: number, depth = 0): { frame: ProfileFrame; depth: number }[] {
  const shown = frame.children.filter(({ kind, ms }) => kind !== 'op' && ms >= wholeMs * SMALLEST_SHARE)
  return [{ frame, depth }, ...shown.flatMap((child) => listFrames(child, wholeMs, depth + 1))]
}

function numbers({ ms, count }: { ms: number; count: number }, wholeMs: number): string[] {
  return [formatMs(ms), `${((100 * ms) / wholeMs).toFixed(1)} %`, `${count}`]
}

function formatMs(ms: number): string {
  return ms.toFixed(1)
}

/** Names to the left, the three columns of numbers to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
}
