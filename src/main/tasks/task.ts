/** @file What a task is to whoever runs it: samples, and an environment that asks, answers and judges. It knows no particular task. */
import type { DatasetStamp, Judgement, TaskSample } from '../../shared/domain/task.ts'
import type { Prompt } from '../../shared/domain/trace.ts'

export interface LoadedTask {
  readonly samples: readonly TaskSample[]
  readonly stamp: DatasetStamp
  readonly environment: Environment
}

/** What the model wrote in a turn, and what it was told then; null after the last one. */
export interface Turn {
  readonly text: string
  readonly observation: string | null
}

export interface EnvironmentTools {
  /** The first tokens of a text where it has more, as text (docs/REFERENCE.md 11). */
  truncate(text: string, maxTokens: number): Promise<{ text: string; isTruncated: boolean }>
  readonly signal: AbortSignal
}

export interface PrepareWatch {
  readonly signal: AbortSignal
  /** Told what is being made, and the share of it that is done. */
  readonly onProgress?: (stage: string, fraction: number) => void
}

/** A task's behaviour; a new one is one file. Nothing is kept between calls: an episode is its turns, so that it can be judged again later. */
export interface Environment {
  readonly maxTurns: number
  /** Makes what takes long before the first sample is asked, such as an index; rejects where that fails, and no sample is asked then. @default nothing to make */
  prepare?(watch: PrepareWatch): Promise<void>
  /** What the first generation starts from. */
  set(sample: TaskSample): Prompt
  /**
   * After the model wrote `text`: what it is told and asked next, or null where the episode has ended. `text` is what counts of it.
   * Rejects where the environment itself fails (a retriever that does not answer): that sample ends in an error, in the error's words.
   */
  step(sample: TaskSample, turns: readonly Turn[], text: string, tools: EnvironmentTools): Promise<{ text: string; next: { observation: string; prompt: Prompt } | null }>
  /** Judges recorded turns; never rejects. */
  reward(sample: TaskSample, turns: readonly Turn[], signal: AbortSignal): Promise<Judgement>
  /** Ends what it holds: processes, indexes. */
  close(): Promise<void>
}
