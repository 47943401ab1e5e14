/** @file What stands in a row of the stream: tokens with everything that marks them, latent blocks, a fork. It does not know how rows are filled or drawn. */
import { decisionMark, type DecisionMark } from '../../charts/decision-mark.ts'
import { twinOf } from '../../charts/divergence-lane.ts'
import type { LaneTrace } from '../../charts/lane.ts'
import { isSpecialToken, visibleLine, visibleParts, type TextPart } from '../../components/visible-text.ts'
import type { PromptToken } from '../../../../shared/domain/trace.ts'
import type { WeaveId } from '../../../../shared/domain/identifiers.ts'
import type { StepOverview, WeaveOverview } from '../../../../shared/domain/trace-columns.ts'
import { FORK_SIGN, weaveLabel, type StreamRow } from './stream-rows.ts'
import type { StepMarks } from './use-step-marks.ts'

export type StreamItem =
  | { kind: 'fold'; key: string; count: number }
  | { kind: 'prompt'; key: string; index: number; parts: TextPart[]; isSpecial: boolean }
  | { kind: 'fork'; key: string; label: string }
  | { kind: 'weave'; key: string; stepIndex: number; label: string; isEdited: boolean }
  | TokenItem

export interface TokenItem {
  kind: 'token'
  key: string
  index: number
  parts: TextPart[]
  isSpecial: boolean
  mark: DecisionMark | null
  /** The user chose it. */
  isForced: boolean
  /** Without memory another token follows here. */
  isDifferent: boolean
  breakpoint: 'enabled' | 'disabled' | null
  /** All of it in words. */
  description: string
}

export interface StreamSource {
  promptTokens: readonly PromptToken[]
  steps: readonly StepOverview[]
  weaveById: ReadonlyMap<WeaveId, WeaveOverview>
  twin: LaneTrace['twin']
  marks: StepMarks
}

export function rowItems(row: StreamRow, source: StreamSource): StreamItem[] {
  if (row.kind === 'fold') return [{ kind: 'fold', key: 'fold', count: row.to }]
  if (row.kind === 'prompt') return source.promptTokens.slice(row.from, row.to).map((token, offset) => ({ kind: 'prompt', key: `p${row.from + offset}`, index: row.from + offset, parts: visibleParts(token.text), isSpecial: isSpecialToken(token.text) }))
  return source.steps.slice(row.from, row.to).flatMap((step) => stepItems(step, source))
}

/** A fork's sign and the step's latent block, if it has them, then its token. */
function stepItems(step: StepOverview, source: StreamSource): StreamItem[] {
  const items: StreamItem[] = []
  if (source.marks.fork === step.index) items.push({ kind: 'fork', key: 'fork', label: FORK_SIGN })
  const weave = step.weaveId === null ? undefined : source.weaveById.get(step.weaveId)
  if (weave !== undefined) items.push({ kind: 'weave', key: `w${weave.id}`, stepIndex: step.index, label: weaveLabel(weave), isEdited: weave.intervention !== undefined })
  items.push(tokenItem(step, source))
  return items
}

function tokenItem(step: StepOverview, source: StreamSource): TokenItem {
  const { breakpoints, forcedTokens } = source.marks
  const twin = twinOf(source, step)
  const isDifferent = twin !== null && twin.tokenId !== step.tokenId
  const isForced = forcedTokens.has(step.index)
  const isBroken = breakpoints.get(step.index)
  const mark = decisionMark(step)
  const words = [
    mark?.sentence,
    isForced ? 'Token chosen by you' : undefined,
    isDifferent ? `Without memory: “${visibleLine(twin.text)}”` : undefined,
    isBroken === undefined ? undefined : isBroken ? 'Breakpoint' : 'Breakpoint, disabled',
  ]
  return {
    kind: 'token',
    key: `s${step.index}`,
    index: step.index,
    parts: visibleParts(step.text),
    isSpecial: isSpecialToken(step.text),
    mark,
    isForced,
    isDifferent,
    breakpoint: isBroken === undefined ? null : isBroken ? 'enabled' : 'disabled',
    description: words.filter((word) => word !== undefined).join(' · '),
  }
}
