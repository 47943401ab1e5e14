/** @file Intervals of differences on one axis with zero marked, as SVG. It does not know what differs. */
import { fixed, signed } from './report-numbers.ts'
import { html, type Markup } from './markup.ts'

export interface DrawnDifference {
  readonly label: string
  /** In points: 100 is the whole. */
  readonly estimate: number
  readonly low: number
  readonly high: number
}

const WIDTH = 900
const LABEL_WIDTH = 330
const ROW_HEIGHT = 30
const AXIS_HEIGHT = 34
const TICKS = [-1, -0.5, 0, 0.5, 1]

export function drawDifferences(differences: readonly DrawnDifference[]): Markup {
  const reach = Math.max(1, ...differences.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]))
  const place = (points: number): string => (LABEL_WIDTH + ((points / reach + 1) / 2) * (WIDTH - LABEL_WIDTH - 20)).toFixed(1)
  const height = differences.length * ROW_HEIGHT
  return html`<svg viewBox="0 0 ${WIDTH} ${height + AXIS_HEIGHT}" role="img" aria-label="Differences to the baseline with 95 % intervals">
${TICKS.map((tick) => html`<line x1="${place(tick * reach)}" x2="${place(tick * reach)}" y1="0" y2="${height}" stroke="currentColor" stroke-opacity="${tick === 0 ? '0.9' : '0.15'}"/><text x="${place(tick * reach)}" y="${height + 16}" text-anchor="middle">${signed(tick * reach, 1)}</text>`)}
${differences.map((difference, row) => drawRow(difference, ROW_HEIGHT * (row + 0.5), place))}
<text x="${place(0)}" y="${height + 31}" text-anchor="middle">difference in points</text>
</svg>`
}

function drawRow({ label, estimate, low, high }: DrawnDifference, y: number, place: (points: number) => string): Markup {
  return html`<text x="0" y="${fixed(y + 4, 1)}">${label.length > 48 ? `${label.slice(0, 47)}…` : label}</text>
<line x1="${place(low)}" x2="${place(high)}" y1="${fixed(y, 1)}" y2="${fixed(y, 1)}" stroke="var(--accent)" stroke-width="3"/>
<circle cx="${place(estimate)}" cy="${fixed(y, 1)}" r="5" fill="var(--accent)"/>`
}
