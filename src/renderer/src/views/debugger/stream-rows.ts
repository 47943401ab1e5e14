/**
 * @file Lays tokens and latent blocks into rows of a monospaced font, so that only the rows in sight need elements. It
 * does not know pixels.
 */
import { decisionMark, type DecisionMark } from '../../charts/decision-mark.ts'
import { plural } from '../../charts/format.ts'
import { columnsOf, isSpecialToken, visibleParts, type TextPart } from '../../components/visible-text.ts'
import type { WeaveId } from '../../../../shared/domain/identifiers.ts'
import type { Step } from '../../../../shared/domain/step.ts'
import type { PromptToken } from '../../../../shared/domain/trace.ts'
import type { Weave } from '../../../../shared/domain/weave.ts'

export type StreamItem =
  | { kind: 'fold'; key: string; columns: number; endsRow: boolean; count: number }
  | { kind: 'prompt'; key: string; columns: number; endsRow: boolean; index: number; parts: TextPart[]; isSpecial: boolean }
  | { kind: 'weave'; key: string; columns: number; endsRow: boolean; stepIndex: number; weave: Weave; label: string }
  | { kind: 'token'; key: string; columns: number; endsRow: boolean; index: number; parts: TextPart[]; isSpecial: boolean; mark: DecisionMark | null }

export interface StreamRow {
  key: string
  items: StreamItem[]
  columns: number
  /** Prompt rows are drawn apart from generated ones. */
  isPrompt: boolean
}

/** Columns a chip takes beyond its label: its padding and border. */
const CHIP_PADDING_COLUMNS = 3
/** The gap between two tokens, in columns; TokenRow.vue has the same. */
const GAP_COLUMNS = 0.375

export function promptItems(tokens: readonly PromptToken[], isFolded: boolean): StreamItem[] {
  if (isFolded && tokens.length > 0) return [{ kind: 'fold', key: 'fold', columns: 20, endsRow: true, count: tokens.length }]
  return tokens.map((token, index) => {
    const parts = visibleParts(token.text)
    return { kind: 'prompt', key: `p${index}`, columns: columnsOf(parts), endsRow: token.text.endsWith('\n'), index, parts, isSpecial: isSpecialToken(token.text) }
  })
}

/** The step's latent block, if it has one, then its token. */
export function stepItems(step: Step, weaveById: ReadonlyMap<WeaveId, Weave>): StreamItem[] {
  const parts = visibleParts(step.text)
  const mark = decisionMark(step)
  const token: StreamItem = { kind: 'token', key: `s${step.index}`, columns: columnsOf(parts), endsRow: step.text.endsWith('\n'), index: step.index, parts, isSpecial: isSpecialToken(step.text), mark }
  const weave = step.weaveId === null ? undefined : weaveById.get(step.weaveId)
  if (weave === undefined) return [token]
  const label = weaveLabel(weave)
  return [{ kind: 'weave', key: `w${weave.id}`, columns: label.length + CHIP_PADDING_COLUMNS, endsRow: false, stepIndex: step.index, weave, label }, token]
}

/** "3 latents ‖6.1‖" with their mean norm. */
export function weaveLabel(weave: Pick<Weave, 'norms'>): string {
  const mean = weave.norms.reduce((sum, norm) => sum + norm, 0) / weave.norms.length
  return `${plural(weave.norms.length, 'latent')} ‖${mean.toPrecision(3)}‖`
}

/** Appends items to rows in place: a new row where the last is full or has ended. */
export function appendItems(rows: StreamRow[], items: readonly StreamItem[], columns: number): void {
  for (const item of items) {
    const isPrompt = item.kind === 'prompt' || item.kind === 'fold'
    const last = rows.at(-1)
    const needed = item.columns + GAP_COLUMNS
    if (last === undefined || last.isPrompt !== isPrompt || last.items.at(-1)?.endsRow === true || last.columns + needed > columns) {
      rows.push({ key: item.key, items: [item], columns: needed, isPrompt })
    } else {
      // A fresh row object, so that a view keyed by identity redraws this row and no other.
      rows[rows.length - 1] = { ...last, items: [...last.items, item], columns: last.columns + needed }
    }
  }
}

/** The row that shows a token; -1 where none does (a folded prompt). */
export function rowOf(rows: readonly StreamRow[], kind: 'prompt' | 'step', index: number): number {
  const wanted = kind === 'step' ? 'token' : 'prompt'
  let low = 0
  let high = rows.length - 1
  // Rows are in order: prompt rows, then steps rising.
  while (low <= high) {
    const middle = (low + high) >> 1
    const order = compareRow(rows[middle], wanted, index)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Negative when the row lies before the token, positive when after, 0 when it holds it. */
function compareRow(row: StreamRow | undefined, kind: 'token' | 'prompt', index: number): number {
  if (row === undefined) return 1
  if (row.isPrompt !== (kind === 'prompt')) return row.isPrompt ? -1 : 1
  const indices = row.items.flatMap((item) => (item.kind === 'weave' ? [item.stepIndex] : item.kind === 'fold' ? [] : [item.index]))
  const first = indices[0]
  const last = indices.at(-1)
  if (first === undefined || last === undefined) return -1
  if (last < index) return -1
  if (first > index) return 1
  // A chip at a row's end stands for its token, which opens the next row.
  return row.items.some((item) => item.kind === kind && item.index === index) ? 0 : -1
}
