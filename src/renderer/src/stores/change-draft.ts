/** @file A change to a generation as it is being put together: what it would be, and what it would do in one sentence. It does not know fields or buttons. */
import type { LatentEdit, TraceChange } from '../../../shared/domain/branch.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { ChangeKind } from './layout.ts'

export type EditKind = Exclude<LatentEdit['kind'], 'other' | 'drop-cluster'>

export interface ChangeDraft {
  kind: ChangeKind
  /** null flips what was decided. */
  decision: 0 | 1 | null
  tokens: readonly { tokenId: number; text: string }[]
  editKind: EditKind
  scale: number
  pauseToken: string
  /** 0-based. */
  droppedLatents: readonly number[]
  swap: Pick<Extract<LatentEdit, { kind: 'swap' }>, 'traceId' | 'weaveId'> | null
  config: RunConfig | null
}

/** Where the change is made. */
export interface ChangePlace {
  stepIndex: number
  /** null for a step that is not generated yet. */
  step: StepOverview | null
  weave: WeaveOverview | null
  /** The settings in force there; null without a trace. */
  config: RunConfig | null
}

export function emptyChangeDraft(): ChangeDraft {
  return { kind: 'decision', decision: null, tokens: [], editKind: 'zero', scale: 0.5, pauseToken: '.', droppedLatents: [], swap: null, config: null }
}

/** null while something is missing; `changeProblem` says what. */
export function changeOf(draft: ChangeDraft, place: ChangePlace): TraceChange | null {
  if (changeProblem(draft, place) !== null) return null
  switch (draft.kind) {
    case 'decision':
      return { kind: 'decision', decision: decisionOf(draft, place) }
    case 'tokens':
      return { kind: 'tokens', tokenIds: draft.tokens.map(({ tokenId }) => tokenId), text: draft.tokens.map(({ text }) => text).join('') }
    case 'latents': {
      const edit = editOf(draft)
      return edit && { kind: 'latents', edit }
    }
    case 'config':
      return draft.config && { kind: 'config', config: draft.config }
    default:
      return draft.kind satisfies never
  }
}

/** Why the change cannot be made; null when it can. */
export function changeProblem(draft: ChangeDraft, { weave, config }: ChangePlace): string | null {
  switch (draft.kind) {
    case 'decision':
      return null
    case 'tokens':
      return draft.tokens.length === 0 ? 'Choose a token or write a text.' : null
    case 'latents':
      if (draft.editKind === 'drop' && draft.droppedLatents.length === 0) return 'Choose the latents to leave out.'
      if (draft.editKind === 'drop' && weave !== null && draft.droppedLatents.length >= weave.norms.length) return 'At least one latent must stay. To leave out the whole block, decline the insertion.'
      if (draft.editKind === 'swap' && draft.swap === null) return 'Choose the block whose latents are put in.'
      if (draft.editKind === 'pause' && draft.pauseToken === '') return 'Write the token that stands for a pause.'
      return null
    case 'config':
      return draft.config === null || config === null || configDifferences(config, draft.config).length === 0 ? 'Change a setting first.' : null
    default:
      return draft.kind satisfies never
  }
}

export function decisionOf({ decision }: Pick<ChangeDraft, 'decision'>, { step }: Pick<ChangePlace, 'step'>): 0 | 1 {
  return decision ?? (step?.weaveId == null ? 1 : 0)
}

function editOf(draft: ChangeDraft): LatentEdit | null {
  switch (draft.editKind) {
    case 'scale':
      return { kind: 'scale', factor: draft.scale }
    case 'pause':
      return { kind: 'pause', token: draft.pauseToken }
    case 'drop':
      return { kind: 'drop', latents: draft.droppedLatents.toSorted((a, b) => a - b) }
    case 'swap':
      return draft.swap && { kind: 'swap', ...draft.swap }
    default:
      return { kind: draft.editKind }
  }
}

/** Which settings differ, as "temperature 1 → 0.7". */
export function configDifferences(before: RunConfig, after: RunConfig): string[] {
  const flatten = ({ sampling, ...config }: RunConfig): Record<string, unknown> => ({ ...config, ...sampling })
  const [old, now] = [flatten(before), flatten(after)]
  return Object.keys(now).filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key])).map((key) => `${key} ${settingWords(old[key])} → ${settingWords(now[key])}`)
}

function settingWords(value: unknown): string {
  if (value === null || value === undefined) return 'as in checkpoint'
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value)
  const { kind, ...others } = value as { kind?: string }
  return [kind, ...Object.values(others).map((other) => JSON.stringify(other))].join(' ')
}
