/** @file The next training run: edited, read by the host, started. It does not know runs that were started. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import { formatBytes } from '../charts/format.ts'
import type { TrainableParameters } from '../../../shared/domain/training-event.ts'
import type { TrainingRun } from '../../../shared/domain/training-run.ts'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import { useHost } from './host.ts'
import { emptyTrainingDraft, methodsOf, optionsOf, trainingDraftSchema, type TrainingDraft } from './training-draft-content.ts'

/** Far more than a page of settings; more would only freeze the editor. */
const LARGEST_FILE_BYTES = 1 << 20

export interface ReadConfig {
  config: TrainingConfig
  warnings: readonly string[]
}

export const useTrainingDraftStore = defineStore('training-draft', () => {
  const { client } = useHost()
  const draft = useStorage<TrainingDraft>('memgen.training-draft', structuredClone(emptyTrainingDraft), undefined, {
    serializer: { read: readDraft, write: (value) => JSON.stringify(value) },
  })
  /** What the host made of the draft as it stands; null after every edit. */
  const read = shallowRef<ReadConfig | null>(null)
  const parameters = shallowRef<TrainableParameters | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const busy = shallowRef<'reading' | 'describing' | 'starting' | null>(null)

  watch(draft, () => {
    read.value = null
    parameters.value = null
    failure.value = null
  }, { deep: true, flush: 'sync' })

  function setStage(stage: TrainingDraft['stage']): void {
    draft.value.stage = stage
    if (!methodsOf[stage].includes(draft.value.method)) draft.value.method = methodsOf[stage][0] ?? draft.value.method
  }

  async function takeFile(file: File): Promise<void> {
    if (file.size > LARGEST_FILE_BYTES) {
      failure.value = { happened: `${file.name} is larger than any page of settings.`, kept: 'The text in the editor is as it was.', next: 'Choose the YAML file of a training run.', details: [formatBytes(file.size)] }
      return
    }
    const text = await file.text()
    Object.assign(draft.value, { text, file: file.name })
  }

  /** Has the host read the draft, then say what such a run would train. */
  async function check(): Promise<void> {
    await attempt(async () => {
      const { config, warnings } = await readDraftConfig()
      busy.value = 'describing'
      const { withoutEffect, ...found } = await client.training.parameters({ config })
      parameters.value = found
      read.value = { config, warnings: [...warnings, ...withoutEffect] }
    })
  }

  /** @returns the run, or null where `failure` says why there is none */
  async function start(): Promise<TrainingRun | null> {
    return attempt(async () => {
      const { config } = await readDraftConfig()
      busy.value = 'starting'
      const name = draft.value.name.trim()
      return client.training.start({ config, ...(name === '' ? {} : { name }) })
    })
  }

  async function readDraftConfig(): Promise<ReadConfig> {
    busy.value = 'reading'
    const { file, text, stage, method, folder } = draft.value
    read.value = await client.training.readConfig({ file, text, stage, method, folder: folder.trim() || '.', options: optionsOf(draft.value) })
    return read.value
  }

  async function attempt<Result>(work: () => Promise<Result>): Promise<Result | null> {
    failure.value = null
    try {
      return await work()
    } catch (error) {
      failure.value = describeFailure(error)
      return null
    } finally {
      busy.value = null
    }
  }

  return { draft, read, parameters, failure, busy, setStage, takeFile, check, start }
})

/** What an older version kept, or somebody's extension wrote, may be anything. */
function readDraft(raw: string): TrainingDraft {
  try {
    return trainingDraftSchema.parse(JSON.parse(raw))
  } catch {
    // A draft is a convenience: one that cannot be read begins anew.
    return structuredClone(emptyTrainingDraft)
  }
}
