/** @file The next sweep: whose prompt and settings it takes, what its answers are compared with, and what it would cost. It does not know the sweeps there are. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { z } from 'zod'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { Prompt, ResultOrigin } from '../../../shared/domain/trace.ts'
import type { SavedPrompt } from '../../../shared/domain/saved-prompt.ts'
import { sweepRequestSchema, type Sweep, type SweepForecast, type SweepRequest } from '../../../shared/domain/sweep.ts'
import { useDraftStore } from './draft.ts'
import { promptOfDraft } from './draft-content.ts'
import { useHost } from './host.ts'
import { useSessionStore } from './session.ts'

const STORAGE_KEY = 'memgen.sweep-draft'

const settingsSchema = sweepRequestSchema.pick({ reward: true, maxSubsetCandidates: true })
export type SweepSettings = z.infer<typeof settingsSchema>
const defaults = (): SweepSettings => settingsSchema.parse({})

export const useSweepDraftStore = defineStore('sweep-draft', () => {
  const { client } = useHost()
  const draft = useDraftStore()
  const session = useSessionStore()
  const settings = useStorage<SweepSettings>(STORAGE_KEY, defaults(), undefined, {
    // localStorage is foreign input.
    serializer: { read: (raw) => settingsSchema.safeParse(parseJson(raw)).data ?? defaults(), write: (value) => JSON.stringify(value) },
  })
  const savedPrompts = shallowRef<readonly SavedPrompt[]>([])
  /** null takes the debugger's prompt. */
  const savedPromptId = shallowRef<string | null>(null)
  /** What the user wrote in place of the saved prompt's reference answer. */
  const writtenReference = shallowRef<string | null>(null)
  const forecast = shallowRef<SweepForecast | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const busy = shallowRef<'forecasting' | 'starting' | null>(null)
  let asking = new AbortController()

  const savedPrompt = computed(() => savedPrompts.value.find(({ id }) => id === savedPromptId.value) ?? null)
  const prompt = computed<Prompt>(() => savedPrompt.value?.prompt ?? promptOfDraft(draft.draft))
  /** While the debugger shows the replay of a result and its prompt and settings are the draft's, the sweep draws as that result did. */
  const origin = computed<ResultOrigin | null>(() => (savedPrompt.value !== null || session.header === null || draft.differsFrom(session.header) ? null : session.header.origin))
  /** Comes with the prompt: a change while the prompt is the debugger's is one of the debugger's. */
  const reference = computed({
    get: () => (savedPrompt.value === null ? draft.draft.reference : (writtenReference.value ?? savedPrompt.value.reference ?? '')),
    set(text: string) {
      if (savedPrompt.value === null) draft.draft = { ...draft.draft, reference: text }
      else writtenReference.value = text
    },
  })
  /** Why no sweep can begin, as a sentence; null when one can. */
  const problem = computed(() => (savedPrompt.value === null ? draft.problem : draft.draft.modelId === null ? 'Choose a model in the debugger.' : null))
  const request = computed<SweepRequest | null>(() => {
    const { modelId, config } = draft.draft
    if (modelId === null || problem.value !== null) return null
    return { modelId, prompt: prompt.value, config, origin: origin.value, reference: reference.value.trim() === '' ? null : reference.value, ...settings.value }
  })
  /** What changes the forecast; a reference answer does not. */
  const basis = computed(() => (request.value === null ? null : JSON.stringify({ ...request.value, reference: null, reward: null })))
  watch(basis, forget)

  function forget(): void {
    asking.abort()
    forecast.value = null
  }

  async function readSavedPrompts(): Promise<void> {
    try {
      savedPrompts.value = (await client.log.prompts()).prompts
    } catch (error) {
      failure.value = describeFailure(error)
    }
  }

  function choosePrompt(id: string | null): void {
    savedPromptId.value = id
    writtenReference.value = null
  }

  async function askForecast(): Promise<void> {
    const asked = request.value
    if (asked === null || busy.value !== null) return
    asking = new AbortController()
    const { signal } = asking
    await attempt('forecasting', async () => {
      const answer = await client.sweeps.forecast(asked, { signal })
      if (!signal.aborted) forecast.value = answer
    })
  }

  /** null where it could not be started; `failure` says why. */
  async function start(): Promise<Sweep | null> {
    const asked = request.value
    if (asked === null || busy.value !== null) return null
    return attempt('starting', () => client.sweeps.start(asked))
  }

  async function attempt<Result>(what: 'forecasting' | 'starting', task: () => Promise<Result>): Promise<Result | null> {
    busy.value = what
    failure.value = null
    try {
      return await task()
    } catch (error) {
      if (!asking.signal.aborted) failure.value = describeFailure(error)
      return null
    } finally {
      busy.value = null
    }
  }

  return { settings, savedPrompts, savedPromptId, prompt, origin, reference, problem, request, forecast, failure, busy, readSavedPrompts, choosePrompt, askForecast, start }
})

/** undefined where the text is not JSON. */
function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown
  } catch {
    return undefined // the schema refuses it
  }
}
