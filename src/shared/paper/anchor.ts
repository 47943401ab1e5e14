/** @file What a published number is: a method's accuracy with a model on a task, and where it stands. It knows no number but the sizes of the test sets. */

export const paperModels = ['Qwen2.5-1.5B', 'SmolLM3-3B', 'Qwen3-8B'] as const
export type PaperModel = (typeof paperModels)[number]

export const paperTasks = ['gsm8k', 'math', 'gpqa', 'kodcode', 'bigcodebench', 'triviaqa', 'popqa', 'alfworld', 'aqua'] as const
export type PaperTask = (typeof paperTasks)[number]

export const paperTaskTitles: Readonly<Record<PaperTask, string>> = {
  gsm8k: 'GSM8K',
  math: 'MATH',
  gpqa: 'GPQA',
  kodcode: 'KodCode',
  bigcodebench: 'BigCodeBench',
  triviaqa: 'TriviaQA',
  popqa: 'PopQA',
  alfworld: 'ALFWorld',
  aqua: 'AQuA',
}

export interface Anchor {
  /** Unique and stable. */
  readonly id: string
  /** `arXiv 2509.24704, Table 1`, or where a reproduction was reported. */
  readonly source: string
  readonly kind: 'paper' | 'reproduction'
  readonly model: PaperModel
  readonly task: PaperTask
  /** As the table names it: `Vanilla`, `MemGen SFT`, `Random p=0.2`. */
  readonly method: string
  /** Share of right answers, 0 to 1. */
  readonly accuracy: number
  /** Seconds a task, where the table reports them. */
  readonly secondsPerTask: number | null
  /** What a careful reader should know of this value. */
  readonly note: string | null
}

/** Samples of the paper's test sets (the table of data in the OpenReview version), rounded as it rounds them. */
export interface PaperTestSet {
  readonly count: number
  /** Half of the last digit that is printed; 0 where the count is exact. */
  readonly rounding: number
  readonly printed: string
  /** Of the test set as its authors publish it, where that is another count. */
  readonly published?: number
}

export const paperTestSets: Readonly<Partial<Record<PaperTask, PaperTestSet>>> = {
  alfworld: { count: 134, rounding: 0, printed: '134' },
  triviaqa: { count: 7900, rounding: 50, printed: '7.9K' },
  popqa: { count: 14_300, rounding: 50, printed: '14.3K' },
  kodcode: { count: 2000, rounding: 50, printed: '2K' },
  bigcodebench: { count: 228, rounding: 0, printed: '228' },
  gpqa: { count: 198, rounding: 0, printed: '198' },
  gsm8k: { count: 1000, rounding: 50, printed: '1K', published: 1319 },
  math: { count: 500, rounding: 0, printed: '500', published: 5000 },
}
