/** @file What others measured who ran MemGen themselves; they do not match the paper. Each stands as its source reports it. It does not say who is right. */
import type { Anchor } from './anchor.ts'
import { anchorId, asShare } from './table-rows.ts'

type Reported = Pick<Anchor, 'source' | 'model' | 'task' | 'method' | 'note'> & { readonly percent: number }

const gsm8kReport = { source: 'github.com/Cath1y/Memgen_reproduce, reproduction_report.md', model: 'Qwen2.5-1.5B', task: 'gsm8k' } as const
const weeklyReport = { source: 'github.com/iamseungpil/MemGenforARC, weekly report 2026-01-12', model: 'SmolLM3-3B', task: 'gsm8k', note: 'Reported with n = 1320; the standard test set has 1,319 samples.' } as const
const loadingReport = { source: 'github.com/iamseungpil/MemGenforARC, CLAUDE.md', model: 'Qwen3-8B', task: 'gsm8k' } as const
const gpqaIssue = { source: 'github.com/bingreeky/MemGen/issues/28', task: 'gpqa', method: 'CoT', note: 'Held against the paper’s CoT row there.' } as const

const reported: readonly Reported[] = [
  { ...gsm8kReport, method: 'Vanilla', percent: 39.5, note: null },
  { ...gsm8kReport, method: 'MemGen, untrained trigger', percent: 56.5, note: 'The trigger’s head was untrained, so it inserted at every candidate.' },
  { ...gsm8kReport, method: 'MemGen, GRPO trigger', percent: 63.9, note: null },
  { ...weeklyReport, method: 'Vanilla', percent: 38.79 },
  { ...weeklyReport, method: 'MemGen SFT', percent: 63.16 },
  { ...weeklyReport, method: 'MemGen + latent optimisation at test time', percent: 66.41 },
  { ...loadingReport, method: 'MemGen, weaver without its LoRA', percent: 88.93, note: null },
  { ...loadingReport, method: 'MemGen, LoRA not loaded', percent: 81.44, note: 'The adapters failed to load and stood at random values.' },
  { ...loadingReport, method: 'MemGen, projections alone', percent: 87.34, note: 'Reported as approximate.' },
  { ...gpqaIssue, model: 'SmolLM3-3B', percent: 27.78 },
  { ...gpqaIssue, model: 'Qwen3-8B', percent: 44.95 },
  { source: 'github.com/bingreeky/MemGen/issues/4', model: 'Qwen2.5-1.5B', task: 'triviaqa', method: 'Vanilla', percent: 55.06, note: 'With ReAct prompting; the paper’s vanilla is 32.10.' },
]

export const reproductionAnchors: readonly Anchor[] = reported.map(({ percent, ...anchor }) => ({ ...anchor, id: anchorId(anchor.source, anchor.model, anchor.task, anchor.method), kind: 'reproduction', accuracy: asShare(percent), secondsPerTask: null }))
