/** @file The words of the two-minute tour: what to do, where to look, and when a stop is behind. It does not know how it is shown. */

/** What stops may look at to see whether they are done. */
export interface TourScene {
  readonly stepCount: number
  readonly hasFinished: boolean
  /** Whether the selected token has a latent block before it. */
  readonly isBlockSelected: boolean
  readonly branchCount: number
  readonly isComparing: boolean
}

export interface TourStop {
  readonly id: string
  readonly title: string
  readonly text: string
  /** What to look at: a part of the page by its label. */
  readonly target: string
  /** What the stop asks to run; null where there is only something to read. */
  readonly commandId: string | null
  /** Moves on by itself as soon as this holds; null waits for "Next". */
  readonly isDone: ((scene: TourScene) => boolean) | null
}

export const tourStops: readonly TourStop[] = [
  {
    id: 'prompt',
    title: 'A frozen model that was given a memory',
    text: 'This question needs facts that the model’s weights never saw. A weaver was trained to recall them as latent vectors; a trigger, to decide when.',
    target: '[aria-label="Prompt and settings"]',
    commandId: null,
    isDone: null,
  },
  {
    id: 'step',
    title: 'One step is one token',
    text: 'The first step asks the trigger, weaves latents into the context, then decodes. The chip in the stream is that block: vectors, not tokens.',
    target: '[aria-label="Stepping"]',
    commandId: 'debugger.step',
    isDone: ({ stepCount }) => stepCount > 0,
  },
  {
    id: 'run',
    title: 'Run to the end',
    text: 'Under the tokens, the lanes share one axis: the trigger’s probability at every delimiter, entropy, and the norms of the latents beside those of ordinary tokens.',
    target: '[aria-label="Lanes"]',
    commandId: 'debugger.continue',
    isDone: ({ hasFinished }) => hasFinished,
  },
  {
    id: 'latents',
    title: 'Look inside a block',
    text: 'Go to an insertion. The inspector has its norms, its neighbours, what the head would say at each layer, who attends to it, and what changes without it.',
    target: '[aria-label="Inspector"]',
    commandId: 'debugger.selectPreviousInsertion',
    isDone: ({ isBlockSelected }) => isBlockSelected,
  },
  {
    id: 'change',
    title: 'Now break it',
    text: 'Zero these latents, or flip the decision. Every change forks the trace; nothing recorded is ever overwritten.',
    target: '#dock-panel',
    commandId: 'branch.edit.latents',
    isDone: ({ branchCount }) => branchCount > 1,
  },
  {
    id: 'branch',
    title: 'Run the branch',
    text: 'The same question, the same draws, without those latents: does the answer stand?',
    target: '[aria-label="Token stream"]',
    commandId: 'debugger.continue',
    isDone: ({ hasFinished, branchCount }) => hasFinished && branchCount > 1,
  },
  {
    id: 'compare',
    title: 'Side by side',
    text: 'Two branches, aligned where they part. That is the loop: step, look, change one thing, compare. Everything else is in the palette.',
    target: '[aria-label="Token stream"]',
    commandId: 'branch.compare',
    isDone: ({ isComparing }) => isComparing,
  },
]
