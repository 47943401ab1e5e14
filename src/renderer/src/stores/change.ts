/** @file The change that the user is putting together for a step, and forking with it. It does not know the fields it is made in. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import { configAt } from '../../../shared/domain/branch.ts'
import type { TraceChange } from '../../../shared/domain/branch.ts'
import { changeOf, changeProblem, decisionOf, emptyChangeDraft, type ChangeDraft, type ChangePlace } from './change-draft.ts'
import { useHost } from './host.ts'
import { useLayoutStore } from './layout.ts'
import { useSelectionStore } from './selection.ts'
import { useSessionStore } from './session.ts'

export const useChangeStore = defineStore('change', () => {
  const { client } = useHost()
  const session = useSessionStore()
  const selection = useSelectionStore()
  const layout = useLayoutStore()
  const draft = ref<Omit<ChangeDraft, 'kind'>>(emptyChangeDraft())
  /** The text typed for `draft.tokens`. */
  const tokenText = shallowRef('')
  const failure = shallowRef<Failure | null>(null)
  const isForking = shallowRef(false)
  let asked = 0

  /** The selected step; the one under way where the generation stands inside it; the next where none is selected. */
  const place = computed<ChangePlace>(() => {
    const selected = selection.selection?.kind === 'step' && !(selection.isFollowing && session.pending !== null) ? selection.selection.index : session.cursor + 1
    const step = session.steps[selected] ?? null
    return { stepIndex: selected, step, weave: step?.weaveId == null ? null : (session.weaveById.get(step.weaveId) ?? null), config: session.header && configAt(session.header.config, session.header.changes, selected) }
  })
  const whole = computed<ChangeDraft>(() => ({ ...draft.value, kind: layout.changeKind }))
  const change = computed(() => (session.header === null ? null : changeOf(whole.value, place.value)))
  const problem = computed(() => (session.header === null ? 'There is no trace to change yet.' : changeProblem(whole.value, place.value)))
  const canFork = computed(() => session.phase === 'ready' && session.state?.kind !== 'running' && !isForking.value)

  // What was chosen for one step means nothing for another.
  watch([() => session.header?.id, () => place.value.stepIndex], () => {
    const { editKind, scale, pauseToken } = draft.value
    draft.value = { ...emptyChangeDraft(), editKind, scale, pauseToken }
    tokenText.value = ''
  })

  /** The tokens that a typed text becomes. */
  async function typeTokens(text: string): Promise<void> {
    tokenText.value = text
    asked += 1
    const question = asked
    if (session.header === null || text === '') {
      draft.value.tokens = []
      return
    }
    try {
      const { tokens } = await client.sessions.tokenize({ modelId: session.header.modelId, text })
      if (question !== asked) return
      draft.value.tokens = tokens
      failure.value = null
    } catch (error) {
      if (question === asked) failure.value = describeFailure(error)
    }
  }

  function chooseToken(tokenId: number, text: string): void {
    asked += 1
    tokenText.value = ''
    draft.value.tokens = [{ tokenId, text }]
  }

  /** Forks before the step and goes one step on, so that the change is seen. */
  async function fork(made: TraceChange | null = change.value): Promise<void> {
    if (made === null || !canFork.value) return
    isForking.value = true
    const before = session.header?.id
    await session.fork(place.value.stepIndex, made)
    isForking.value = false
    if (session.header?.id === before || session.failure !== null) return
    selection.follow()
    await session.advance('step')
  }

  function flipDecision(): Promise<void> {
    return fork({ kind: 'decision', decision: decisionOf({ decision: null }, place.value) })
  }

  function forceInsertion(): Promise<void> {
    return fork({ kind: 'decision', decision: 1 })
  }

  return { draft, tokenText, place, change, problem, failure, canFork, isForking, typeTokens, chooseToken, fork, flipDecision, forceInsertion }
})
