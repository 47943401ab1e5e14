/**
 * @file Published numbers to hold one's own runs against: the tables of the MemGen paper (arXiv 2509.24704) and reproductions of them, as
 * data with their sources. It does not know runs; comparability.ts says whether one may be compared.
 *
 * Of the paper: no table reports a standard deviation, an interval or a seed. Values are as printed, also where the text says otherwise;
 * `note` says so then.
 */
import type { Anchor } from './anchor.ts'
import { efficiencyAnchors, parametricAnchors, triggerAblationAnchors, weaverAblationAnchors } from './ablation-tables.ts'
import { continualAnchors } from './continual-table.ts'
import { mainTableAnchors } from './main-tables.ts'
import { reproductionAnchors } from './reproductions.ts'

/** In the order of the paper's tables, reproductions last. */
export const anchors: readonly Anchor[] = [
  ...mainTableAnchors,
  ...continualAnchors,
  ...triggerAblationAnchors,
  ...weaverAblationAnchors,
  ...efficiencyAnchors,
  ...parametricAnchors,
  ...reproductionAnchors,
]

/** What holds for the paper as a whole. */
export const paperNotes: readonly string[] = [
  'No table reports a standard deviation, an interval, the number of runs or a seed.',
  'The text gives AWM 36.18 on ALFWorld with SmolLM3-3B; in Table 1 that is ExpeL’s value, and AWM’s is 40.50. Its “exceeds SFT by 3.15” does not match 36.18 − 32.36 = 3.82.',
  'The abstract’s +38.22 % over ExpeL and AWM follows from no cell of any table. Its +13.44 % over GRPO is PopQA with SmolLM3-3B (58.60 − 45.16).',
  '“Up to 3.4 % over GRPO on Qwen3-8B” is PopQA; on BigCodeBench the table has +5.32.',
  'The abstract counts eight benchmarks, other places nine.',
  'Table 7: supervised fine-tuning is faster than MemGen in every cell, so the time saved over vanilla may come from shorter outputs. The paper gives no token counts.',
]
