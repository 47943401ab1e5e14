/** @file What the prompt panel holds: the next trace's model, prompt and settings, kept between visits. It does not know the trace on screen. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { draftFromTrace, draftProblem, draftSerializer, emptyDraft, promptOfDraft, type Draft } from './draft-content.ts'
import type { SessionRequest } from './session.ts'

const STORAGE_KEY = 'memgen.draft'

export const useDraftStore = defineStore('draft', () => {
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

  return { draft, problem, request, takeFrom, differsFrom }
})

/** Only what makes another trace: the editor not in use does not. */
function comparable(draft: Draft): unknown {
  return [draft.modelId, promptOfDraft(draft), draft.config]
}
