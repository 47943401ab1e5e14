/** @file Taking a profile, the profile on screen, and where in its chart one is. What is not set here is the debugger's draft. It does not know pixels. */
import { defineStore } from 'pinia'
import { computed, reactive, shallowRef } from 'vue'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry, PlacementChoice } from '../../../shared/domain/model.ts'
import type { Profile } from '../../../shared/domain/profile.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { Prompt } from '../../../shared/domain/trace.ts'
import { framesAlong, layOutFlame, moveInFlame, type FlameMove, type FramePath } from '../charts/flame-layout.ts'
import { describeFailure, type Failure } from '../api/failure.ts'
import { createAsking } from './asking.ts'
import { promptOfDraft } from './draft-content.ts'
import { useDraftStore } from './draft.ts'
import { useHost } from './host.ts'
import { useModelsStore } from './models.ts'
import { MOST_PROFILE_BYTES, readProfile, refusal } from './profile-file.ts'

/** What the user set here; null is as in the debugger, or as the model is placed. */
export interface ProfileSettings {
  modelId: ModelId | null
  placement: PlacementChoice | null
  prompt: string | null
  policy: MemoryPolicy | null
  maxNewTokens: number
}

/** Enough steps for a mean; twice generated, seconds on a small model. */
const DEFAULT_TOKENS = 32

export const useProfileStore = defineStore('profile', () => {
  const { client } = useHost()
  const draft = useDraftStore()
  const models = useModelsStore()
  const settings = reactive<ProfileSettings>({ modelId: null, placement: null, prompt: null, policy: null, maxNewTokens: DEFAULT_TOKENS })
  const asking = createAsking()
  const stage = shallowRef('')
  const openFailure = shallowRef<Failure | null>(null)
  const profile = shallowRef<Profile | null>(null)
  /** The file that it was opened from; null where it was taken here. */
  const fileName = shallowRef<string | null>(null)
  const zoom = shallowRef<FramePath>([])
  const selected = shallowRef<FramePath>([])

  const model = computed<ModelEntry | null>(() => {
    const modelId = settings.modelId ?? draft.draft.modelId
    return modelId === null ? null : models.entryOf(modelId)
  })
  const placement = computed(() => settings.placement ?? model.value?.placement ?? null)
  const policy = computed(() => settings.policy ?? draft.draft.config.policy)
  const prompt = computed<Prompt>(() => {
    if (settings.prompt === null) return promptOfDraft(draft.draft)
    return draft.draft.promptKind === 'text' ? { kind: 'text', text: settings.prompt } : { kind: 'messages', messages: [{ role: 'user', content: settings.prompt }] }
  })
  const rects = computed(() => (profile.value === null ? [] : layOutFlame(profile.value.root, zoom.value)))
  /** From the root to what is zoomed to. */
  const trail = computed(() => (profile.value === null ? [] : framesAlong(profile.value.root, zoom.value)))

  function show(shown: Profile, from: string | null): void {
    profile.value = shown
    fileName.value = from
    zoom.value = []
    selected.value = []
    openFailure.value = null
  }

  async function take(): Promise<void> {
    if (model.value === null || placement.value === null) return
    const { id: modelId, name } = model.value
    const config: RunConfig = { ...draft.draft.config, policy: policy.value, maxNewTokens: settings.maxNewTokens }
    const request = { modelId, placement: placement.value, prompt: prompt.value, config }
    stage.value = `Starting an engine process for ${name}`
    await asking.ask(async (signal, onProgress) => {
      for await (const event of await client.profiles.take(request, { signal })) {
        if (signal.aborted) return
        if (event.kind === 'profile') show(event.profile, null)
        else {
          stage.value = event.stage
          onProgress(event.fraction)
        }
      }
    })
  }

  /** Of a file that may hold anything; the profile on screen stays where it cannot be read. */
  async function open(file: Pick<File, 'name' | 'size' | 'text'>): Promise<void> {
    try {
      const read = file.size > MOST_PROFILE_BYTES ? refusal(file.name, `It is larger than ${MOST_PROFILE_BYTES / 2 ** 20} MiB.`) : readProfile(await file.text(), file.name)
      if ('profile' in read) show(read.profile, file.name)
      else openFailure.value = read.failure
    } catch (error) {
      openFailure.value = describeFailure(error)
    }
  }

  function select(path: FramePath): void {
    selected.value = path
  }

  function move(by: FlameMove): void {
    selected.value = moveInFlame(rects.value, selected.value, by)
  }

  function zoomTo(path: FramePath): void {
    zoom.value = path
    selected.value = path
  }

  function zoomOut(): void {
    zoomTo(zoom.value.slice(0, -1))
  }

  return { settings, model, placement, policy, prompt, asking: asking.state, stage, openFailure, profile, fileName, zoom, selected, rects, trail, take, stop: asking.stop, open, select, move, zoomTo, zoomOut }
})
