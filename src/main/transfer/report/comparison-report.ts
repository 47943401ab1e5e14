/**
 * @file A comparison as one HTML page that opens offline: no scripts, no addresses, its data in it as JSON. It does not know how anything
 * was computed.
 */
import type { ComparedSample, Comparison, PairedComparison } from '../../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import { drawDifferences } from './difference-axis.ts'
import { embedJson, html, Markup } from './markup.ts'
import { fixed, percent, percentInterval, pointsInterval, pValue } from './report-numbers.ts'
import { reportStyle } from './report-style.ts'

export interface ReportContent {
  readonly comparison: Comparison
  /** Every sample with its results. */
  readonly samples: readonly ComparedSample[]
  /** Unix milliseconds, UTC. */
  readonly createdAt: number
  readonly version: string
}

/** Samples written out for each cell; all of them are in the page's data. */
const SHOWN_SAMPLES = 50

export function comparisonReport(content: ReportContent): string {
  const { comparison, samples, createdAt, version } = content
  const { runs, baselineId, warnings, pairs } = comparison
  const baseline = runs.find(({ id }) => id === baselineId)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${runs.map(({ name }) => name).join(' against ')}</title><style>${new Markup(reportStyle)}</style></head><body>
<h1>${runs.length} runs compared</h1>
<p>${new Date(createdAt).toISOString().slice(0, 10)} · MemGen Workbench ${version} · baseline: ${baseline?.name ?? baselineId}</p>
${warnings.length === 0 ? html`<p>Nothing was found that makes these runs unlike.</p>` : html`<ul class="warnings">${warnings.map(({ message }) => html`<li>${message}</li>`)}</ul>`}
<h2>Runs</h2>${runsTable(comparison)}
<h2>What differs in their configuration</h2>${differencesTable(comparison)}
<h2>Differences in accuracy</h2>${accuracyAxis(comparison)}
<p>Bars are 95 % intervals of a paired bootstrap (seed ${pairs[0]?.bootstrap.seed ?? 0}, ${pairs[0]?.bootstrap.resamples ?? 0} resamples). Repeats of one sample count as one cluster. p-values are exact and two-sided; Holm’s adjustment counts every run of this page.</p>
${pairs.map((pair) => pairSection(pair, content))}
<h2>Data</h2><p>The element with the id <code>data</code> in this page’s source holds the comparison and every sample’s results as JSON.</p>
<script type="application/json" id="data">${embedJson({ comparison, samples })}</script>
</body></html>
`.text
}

function runsTable({ runs, baselineId, passRates }: Comparison): Markup {
  const draws = [...new Set(passRates.map(({ k }) => k))]
  const rateOf = (run: string, draw: number) => passRates.find(({ runId, k }) => runId === run && k === draw) ?? null
  return html`<table><thead><tr><th>Run</th><th>Model</th><th>Task</th><th class="number">Judged</th><th class="number">Accuracy [95 %]</th>${draws.map((k) => html`<th class="number">pass@${k} [95 %]</th>`)}<th class="number">Reward</th><th class="number">Insertions</th><th class="number">Tokens</th></tr></thead><tbody>
${runs.map(({ id, name, modelName, plan, totals, accuracy }) => html`<tr><td>${name}${id === baselineId ? html` <span class="muted">baseline</span>` : ''}</td><td>${modelName}</td><td>${plan.task.name} ${plan.task.split}</td><td class="number">${totals.judged} of ${totals.done}</td><td class="number">${percentInterval(accuracy)}</td>${draws.map((k) => html`<td class="number">${percentInterval(rateOf(id, k))}</td>`)}<td class="number">${mean(totals.rewardSum, totals.judged, 3)}</td><td class="number">${mean(totals.promptInsertions + totals.inferenceInsertions, totals.done, 2)}</td><td class="number">${mean(totals.tokens, totals.done, 1)}</td></tr>`)}
</tbody></table><p>Insertions and tokens are means over completions.${draws.length === 0 ? '' : ' pass@k is the share of samples of which at least one of k answers is right (Chen et al. 2021, unbiased).'}</p>`
}

function mean(sum: number, count: number, digits: number): string {
  return count === 0 ? '–' : fixed(sum / count, digits)
}

function differencesTable({ differences, runs }: Comparison): Markup {
  if (differences.length === 0) return html`<p>Nothing.</p>`
  return html`<table><thead><tr><th>Field</th>${runs.map(({ name }) => html`<th>${name}</th>`)}</tr></thead><tbody>
${differences.map(({ path, values }) => html`<tr><td><code>${path}</code></td>${values.map((value) => html`<td><code>${value ?? '–'}</code></td>`)}</tr>`)}
</tbody></table>`
}

function accuracyAxis({ pairs, runs }: Comparison): Markup {
  const drawn = pairs.flatMap(({ runId, accuracyDifference }) => {
    if (accuracyDifference === null) return []
    const { estimate, low, high } = accuracyDifference
    return [{ label: nameOf(runs, runId), estimate: 100 * estimate, low: 100 * low, high: 100 * high }]
  })
  return drawn.length === 0 ? html`<p>No sample was judged under both of two runs.</p>` : drawDifferences(drawn)
}

function nameOf(runs: readonly EvaluationRun[], runId: string): string {
  return runs.find(({ id }) => id === runId)?.name ?? runId
}

function pairSection(pair: PairedComparison, { comparison, samples }: ReportContent): Markup {
  const { runs, baselineId } = comparison
  const { bothRight, helped, harmed, bothWrong } = pair.transitions
  const total = Math.max(1, bothRight + helped + harmed + bothWrong)
  const cell = (count: number): Markup => html`${count} <span class="muted">${percent(count / total)}</span>`
  return html`<h2>${nameOf(runs, pair.runId)} against ${nameOf(runs, baselineId)}</h2>
<table class="cells"><thead><tr><th></th><th>right here</th><th>wrong here</th></tr></thead><tbody>
<tr><th>baseline right</th><td>${cell(bothRight)}</td><td class="bad">harmed ${cell(harmed)}</td></tr>
<tr><th>baseline wrong</th><td class="good">helped ${cell(helped)}</td><td>${cell(bothWrong)}</td></tr></tbody></table>
<p class="said">${pair.pairCount} samples judged under both${pair.unpaired.baseline + pair.unpaired.other > 0 ? `; ${pair.unpaired.baseline} only under the baseline, ${pair.unpaired.other} only here` : ''}.
${pair.accuracyDifference === null ? '' : `Accuracy ${pointsInterval(pair.accuracyDifference)}.`}
${pair.mcNemar === null ? '' : `McNemar’s exact test ${pValue(pair.mcNemar.pValue)}, after Holm ${pValue(pair.mcNemar.holmPValue)}.`}
${pair.wilcoxon === null ? '' : `Wilcoxon’s signed-rank test of rewards over ${pair.wilcoxon.pairCount} unequal pairs ${pValue(pair.wilcoxon.pValue)}, after Holm ${pValue(pair.wilcoxon.holmPValue)}.`}</p>
${sampleList('Harmed', pair, comparison, samples, (before, after) => before && !after)}
${sampleList('Helped', pair, comparison, samples, (before, after) => !before && after)}`
}

function sampleList(title: string, pair: PairedComparison, { runs, baselineId }: Comparison, samples: readonly ComparedSample[], isWanted: (before: boolean, after: boolean) => boolean): Markup {
  const columns = [baselineId, pair.runId].map((runId) => runs.findIndex(({ id }) => id === runId))
  const wanted = samples.filter(({ results }) => {
    const [before, after] = columns.map((column) => isRight(results[column] ?? []))
    return before != null && after != null && isWanted(before, after)
  })
  if (wanted.length === 0) return html``
  const rest = wanted.length - SHOWN_SAMPLES
  return html`<h3>${title}: ${wanted.length} ${wanted.length === 1 ? 'sample' : 'samples'}</h3>
${wanted.slice(0, SHOWN_SAMPLES).map((sample) => html`<details><summary><code>${sample.sampleId}</code> ${excerpt(sample.question)}</summary><pre>${sample.question}</pre><p>Expected: <code>${sample.solution ?? '–'}</code></p>
${columns.map((column) => html`<p>${runs[column]?.name ?? ''}</p>${(sample.results[column] ?? []).map(({ text, judgement }) => html`<pre>${text}</pre><p>taken for the answer: <code>${judgement.extracted ?? '–'}</code></p>`)}`)}</details>`)}
${rest > 0 ? html`<p>${rest} more are in the data.</p>` : ''}`
}

/** As a comparison counts: right where at least half of the judged repeats are; null where none is judged. */
function isRight(results: readonly ComparedSample['results'][number][number][]): boolean | null {
  const rewards = results.flatMap(({ judgement }) => judgement.reward ?? [])
  return rewards.length === 0 ? null : rewards.filter((reward) => reward >= 1).length * 2 >= rewards.length
}

const EXCERPT_LENGTH = 120

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= EXCERPT_LENGTH ? line : `${line.slice(0, EXCERPT_LENGTH - 1)}…`
}
