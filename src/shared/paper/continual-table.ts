/** @file The paper's continual learning (arXiv 2509.24704, Table 4): Qwen2.5-1.5B-Instruct trained on AQuA, GPQA, GSM8K and KodCode in turn. It draws no conclusion. */
import type { Anchor, PaperTask } from './anchor.ts'
import { anchorsOfTable } from './table-rows.ts'

const tasks: readonly PaperTask[] = ['aqua', 'gpqa', 'gsm8k', 'kodcode']

export const continualAnchors: readonly Anchor[] = anchorsOfTable({
  source: 'arXiv 2509.24704, Table 4',
  key: 'table-4',
  model: 'Qwen2.5-1.5B',
  tasks,
  rows: [
    ['Vanilla', 41.34, 11.62, 39.51, 24.55],
    ['SFT after AQuA', 42.52, 16.67, 42.1, 18.2],
    ['ExpeL after AQuA', 41.73, 12.67, 40.16, 16.3],
    ['MemGen SFT after AQuA', 43.31, 19.7, 39.8, 19.55],
    ['SFT after GPQA', 38.55, 17.17, 45.74, 18.5],
    ['ExpeL after GPQA', 37.24, 14.35, 42.67, 15.2],
    ['MemGen SFT after GPQA', 39.85, 20.72, 47.96, 28.8],
    ['SFT after GSM8K', 33.46, 13.13, 52.31, 19.45],
    ['ExpeL after GSM8K', 34.89, 12.42, 48.78, 13.65],
    ['MemGen SFT after GSM8K', 38.43, 21.72, 55.67, 19.75],
    ['SFT after KodCode', 28.61, 2.53, 24.14, 54.1],
    ['ExpeL after KodCode', 27.14, 6.23, 31.44, 48.35],
    ['MemGen SFT after KodCode', 40.34, 20.09, 53.72, 52.95],
  ],
})
