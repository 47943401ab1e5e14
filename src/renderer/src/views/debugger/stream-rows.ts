/**
 * @file Lays tokens and latent blocks into rows of a monospaced font, as ranges, so that a hundred thousand tokens cost little and only
 * the rows in sight need elements. It does not know pixels, nor what a token looks like.
 */
import { formatBlock } from '../../charts/format.ts'
import { columnsOf, visibleParts } from '../../components/visible-text.ts'
import type { StepOverview, WeaveOverview } from '../../../../shared/domain/trace-columns.ts'
import { editWords } from './change-words.ts'

/** Tokens `from` to before `to`; a latent block and a fork's sign stand in the row of the token they precede. */
export interface StreamRow {
  key: string
  /** 'fold' stands for the whole prompt. Prompt rows are drawn apart from generated ones. */
  kind: 'fold' | 'prompt' | 'steps'
  from: number
  to: number
  columns: number
}

export interface TokenSize {
  columns: number
  /** The token ends with a line break, which ends its row. */
  endsRow: boolean
}

/** Columns a chip takes beyond its label: its padding and border. */
const CHIP_PADDING_COLUMNS = 3
/** The gap between two tokens, in columns; TokenRow.vue has the same. */
const GAP_COLUMNS = 0.375
export const FORK_SIGN = '↳ forked here'

/** Distinct tokens remembered; a long trace has some thousand. */
const MOST_REMEMBERED = 50_000
const remembered = new Map<string, TokenSize>()

/** Of a token alone. */
export function tokenSize(text: string): TokenSize {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const size = { columns: columnsOf(visibleParts(text)) + GAP_COLUMNS, endsRow: text.endsWith('\n') }
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  remembered.set(text, size)
  return size
}

/** Of a step with what stands before its token. */
export function stepSize(step: Pick<StepOverview, 'text' | 'index'>, weave: WeaveOverview | undefined, fork: number | null): TokenSize {
  const token = tokenSize(step.text)
  if (weave === undefined && fork !== step.index) return token
  const chip = weave === undefined ? 0 : chipColumns(weaveLabel(weave))
  const sign = fork === step.index ? chipColumns(FORK_SIGN) : 0
  return { columns: token.columns + chip + sign, endsRow: token.endsRow }
}

/** "3 latents ‖6.1‖" with their mean norm; what was done to them comes first. */
export function weaveLabel({ norms, intervention }: Pick<WeaveOverview, 'norms' | 'intervention'>): string {
  const block = formatBlock(norms)
  return intervention === undefined ? block : `✎ ${editWords(intervention)}: ${block}`
}

/** Appends tokens `from` to before `to` in place: a new row where the last is full, has ended or is of another kind. O(to - from). */
export function appendTokens(rows: StreamRow[], kind: 'prompt' | 'steps', range: { from: number; to: number }, sizeOf: (index: number) => TokenSize, columns: number): void {
  const last = rows.at(-1)
  let row = last?.kind === kind ? last : null
  let isEnded = row !== null && sizeOf(row.to - 1).endsRow
  for (let index = range.from; index < range.to; index++) {
    const size = sizeOf(index)
    if (row === null || isEnded || row.columns + size.columns > columns) {
      row = { key: `${kind}${index}`, kind, from: index, to: index, columns: 0 }
      rows.push(row)
    } else if (row === last) {
      // A fresh row object, so that a view keyed by identity redraws this row and no other.
      row = { ...row }
      rows[rows.length - 1] = row
    }
    row.to = index + 1
    row.columns += size.columns
    isEnded = size.endsRow
  }
}

/** The row that shows a token; -1 where none does (a folded prompt). */
export function rowOf(rows: readonly StreamRow[], kind: 'prompt' | 'step', index: number): number {
  let low = 0
  let high = rows.length - 1
  // Rows are in order: prompt rows, then steps rising.
  while (low <= high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (row === undefined) return -1
    const order = row.kind !== 'steps' && kind === 'step' ? -1 : row.kind === 'steps' && kind === 'prompt' ? 1 : row.to <= index ? -1 : row.from > index ? 1 : 0
    if (order === 0) return row.kind === 'fold' ? -1 : middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}

function chipColumns(label: string): number {
  return label.length + CHIP_PADDING_COLUMNS + GAP_COLUMNS
}
