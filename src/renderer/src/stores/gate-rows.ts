/** @file The findings of a gate audit as rows, and as a CSV file. It does not know where they are shown. */
import type { GateAudit, GateFinding } from '../../../shared/domain/analysis.ts'

export type GateFilter = 'disagreements' | 'traps' | 'all'

export interface GateRow extends GateFinding {
  readonly traceId: string
}

const isShown: Readonly<Record<GateFilter, (finding: GateFinding) => boolean>> = {
  disagreements: ({ textGate, tokenIdGate }) => textGate !== tokenIdGate,
  traps: ({ trap }) => trap !== null,
  all: () => true,
}

/** In the order of traces as asked, then of steps. */
export function gateRows({ findings }: GateAudit, filter: GateFilter): GateRow[] {
  return findings.flatMap(({ traceId, findings: ofTrace }) => ofTrace.filter(isShown[filter]).map((finding) => ({ traceId, ...finding })))
}

const columns: readonly (readonly [string, (row: GateRow) => string | number | boolean | null])[] = [
  ['trace_id', ({ traceId }) => traceId],
  ['step_index', ({ stepIndex }) => stepIndex],
  ['token_id', ({ tokenId }) => tokenId],
  ['token_text', ({ tokenText }) => tokenText],
  ['text_gate', ({ textGate }) => textGate],
  ['token_id_gate', ({ tokenIdGate }) => tokenIdGate],
  ['trap', ({ trap }) => trap],
  ['context', ({ context }) => context],
  ['following', ({ following }) => following],
]

/** RFC 4180, with a line of column names. */
export function gateCsv(rows: readonly GateRow[]): string {
  const lines = rows.map((row) => columns.map(([, read]) => csvField(String(read(row) ?? ''))).join(','))
  return [columns.map(([name]) => name).join(','), ...lines, ''].join('\r\n')
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
