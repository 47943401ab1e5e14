/** @file The paper's ablations and costs (arXiv 2509.24704, Tables 5 to 8, and the pause tokens of the OpenReview version). It draws no conclusion. */
import type { Anchor, PaperModel, PaperTask } from './anchor.ts'
import { anchorId, anchorsOfTable, asShare } from './table-rows.ts'

export const triggerAblationAnchors: readonly Anchor[] = [
  ...anchorsOfTable({
    source: 'arXiv 2509.24704, Table 5',
    key: 'table-5',
    model: 'Qwen2.5-1.5B',
    tasks: ['gpqa', 'kodcode', 'triviaqa'],
    rows: [
      ['Random p=0.2', 15.66, 54.55, 63.55],
      ['Random p=0.5', 16.66, 52.95, 57.28],
      ['Random p=0.8', 12.63, 53.6, 62.22],
      ['All delimiters', 17.34, 56.2, 64.15],
      ['Trained trigger', 18.28, 58.16, 65.02],
    ],
  }),
  ...anchorsOfTable({
    source: 'OpenReview vI56m4Iu4e, Table 9',
    key: 'openreview-table-9',
    model: 'Qwen2.5-1.5B',
    tasks: ['kodcode', 'triviaqa', 'gpqa'],
    rows: [['Trigger + pause tokens', 49.5, 56.3, 13.8]],
  }),
]

export const weaverAblationAnchors: readonly Anchor[] = anchorsOfTable({
  source: 'arXiv 2509.24704, Table 6',
  key: 'table-6',
  model: 'Qwen2.5-1.5B',
  tasks: ['gpqa', 'kodcode', 'triviaqa'],
  rows: [
    ['Weaver LoRA r4', 17.16, 54.85, 63.04],
    ['Weaver LoRA r6', 18.18, 55.25, 64.55],
    ['Weaver LoRA r8', 17.67, 55.75, 64.1],
    ['Weaver LoRA r16', 18.28, 58.16, 65.02],
    ['Weaver LoRA r24', 18.67, 57.2, 65.4],
    ['Weaver LoRA r32', 19.26, 57.95, 65.85],
    ['Weaver full SFT', 21.21, 60, 67.1],
  ],
  notes: { 'Weaver LoRA r16/kodcode': 'The OpenReview version prints 56.16 here.' },
})

type Cost = readonly [secondsPerTask: number, percent: number]
const costTasks: readonly PaperTask[] = ['kodcode', 'alfworld', 'triviaqa']
const costs: readonly (readonly [model: PaperModel, method: string, ...costs: Cost[]])[] = [
  ['Qwen2.5-1.5B', 'Vanilla', [11.96, 24.55], [21.17, 22.54], [2.18, 32.1]],
  ['Qwen2.5-1.5B', 'SFT', [2.01, 55.83], [10.79, 36.57], [1.98, 63.84]],
  ['Qwen2.5-1.5B', 'MemGen SFT', [2.94, 58.16], [12.94, 40.3], [2.05, 65.02]],
  ['SmolLM3-3B', 'Vanilla', [13.12, 37.05], [34.82, 18.96], [4.26, 10.47]],
  ['SmolLM3-3B', 'SFT', [3.04, 59.25], [12.88, 32.36], [3.05, 55.25]],
  ['SmolLM3-3B', 'MemGen SFT', [3.48, 62.65], [14.69, 50.6], [3.16, 68.13]],
  ['Qwen3-8B', 'Vanilla', [16.99, 49.1], [55.42, 58.93], [8.7, 52.18]],
  ['Qwen3-8B', 'SFT', [7.24, 64.75], [19.76, 83.59], [5.98, 74.55]],
  ['Qwen3-8B', 'MemGen SFT', [7.56, 66.15], [20.08, 85.82], [6.25, 77.22]],
]

export const efficiencyAnchors: readonly Anchor[] = costs.flatMap(([model, method, ...ofTasks]) =>
  ofTasks.flatMap(([secondsPerTask, percent], column): Anchor[] => {
    const task = costTasks[column]
    if (task === undefined) return []
    return [{ id: anchorId('table-7', model, task, method), source: 'arXiv 2509.24704, Table 7', kind: 'paper', model, task, method, accuracy: asShare(percent), secondsPerTask, note: 'Seconds without token counts: how much comes from shorter outputs is not told.' }]
  }),
)

export const parametricAnchors: readonly Anchor[] = anchorsOfTable({
  source: 'arXiv 2509.24704, Table 8',
  key: 'table-8',
  model: 'SmolLM3-3B',
  tasks: ['alfworld', 'triviaqa', 'popqa'],
  rows: [
    ['Vanilla', 18.96, 10.47, 8.23],
    ['ExpeL', 36.18, 46.2, 28.16],
    ['MemGen + ExpeL, without parametric memory', 45.6, 53.2, 39.5],
    ['MemGen + ExpeL, with parametric memory', 75.9, 76.4, 60.23],
  ],
})
