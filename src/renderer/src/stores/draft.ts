/** @file What the prompt panel holds: the next trace's model, prompt and settings, kept between visits. It does not know the trace on screen. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { draftFromTrace, draftProblem, draftSerializer, emptyDraft, isSuggestedPrompt, promptOfDraft, withPrompt, withSuggestedPrompt, withUserMessage, type Draft } from './draft-content.ts'
import type { SavedPrompt } from '../../../shared/domain/saved-prompt.ts'
import { useModelsStore } from './models.ts'
import type { SessionRequest } from './session.ts'

const STORAGE_KEY = 'memgen.draft'

export const useDraftStore = defineStore('draft', () => {
  const library = useModelsStore()
  const draft = useStorage<Draft>(STORAGE_KEY, emptyDraft(), undefined, { serializer: draftSerializer })
  const problem = computed(() => draftProblem(draft.value))

  /** null while the draft cannot be opened; `problem` says why. */
  const request = computed<SessionRequest | null>(() =>
    draft.value.modelId === null || problem.value !== null
      ? null
      : { modelId: draft.value.modelId, prompt: promptOfDraft(draft.value), config: draft.value.config },
  )

  function takeFrom(header: TraceHeader): void {
    draft.value = draftFromTrace(header, draft.value)
  }

  function differsFrom(header: TraceHeader): boolean {
    return JSON.stringify(comparable(draft.value)) !== JSON.stringify(comparable(draftFromTrace(header, draft.value)))
  }

  /** The user's own prompt that an example took the place of; null when there is none. */
  const setAside = shallowRef<Pick<Draft, 'promptKind' | 'messages'> | null>(null)

  /** A kept prompt with its answer. */
  function takeKept({ prompt, reference }: SavedPrompt): void {
    draft.value = { ...withPrompt(draft.value, prompt), reference: reference ?? '' }
  }

  /** A prompt that the app wrote for another model makes room for this one's. */
  function chooseModel(modelId: ModelId, models: readonly ModelEntry[]): void {
    draft.value = withSuggestedPrompt({ ...draft.value, modelId }, models)
  }

  // A first visit begins with the first bundled model, on whatever page; so does a draft whose model has left the library.
  watch(() => library.models, (models) => {
    if (models === null || models.some(({ id }) => id === draft.value.modelId)) return
    const model = models.find(({ isBundled }) => isBundled) ?? models[0]
    if (model !== undefined) chooseModel(model.id, models)
  }, { immediate: true })

  function takeExample(userMessage: string, models: readonly ModelEntry[]): void {
    const { promptKind, messages } = draft.value
    if (!isSuggestedPrompt(draft.value, models)) setAside.value = { promptKind, messages }
    draft.value = withUserMessage(draft.value, userMessage)
  }

  function takeBackOwnPrompt(): void {
    if (setAside.value === null) return
    draft.value = { ...draft.value, ...setAside.value }
    setAside.value = null
  }

  return { draft, problem, request, setAside, takeFrom, takeKept, differsFrom, chooseModel, takeExample, takeBackOwnPrompt }
})

/** Only what makes another trace: the editor not in use does not. */
function comparable(draft: Draft): unknown {
  return [draft.modelId, promptOfDraft(draft), draft.config]
}
