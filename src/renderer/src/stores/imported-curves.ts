/** @file Curves of other programs: their list, and those that lie beside the watched run. It does not know what they measure. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import { importedCurvesIdSchema, type CurveSeries, type ImportedCurves, type ImportedCurvesId } from '../../../shared/domain/imported-curves.ts'
import { useHost } from './host.ts'

export const useImportedCurvesStore = defineStore('imported-curves', () => {
  const { client } = useHost()
  /** Newest first; null until the first answer. */
  const list = shallowRef<readonly ImportedCurves[] | null>(null)
  const chosenId = useStorage<ImportedCurvesId | null>('memgen.curves-beside', null, undefined, {
    // localStorage is foreign input.
    serializer: { read: (raw) => importedCurvesIdSchema.safeParse(raw).data ?? null, write: (id) => id ?? '' },
  })
  /** What was read last; of other curves than the chosen ones while those are read. */
  const read = shallowRef<{ id: ImportedCurvesId; series: readonly CurveSeries[] } | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const message = shallowRef('')

  const chosen = computed(() => list.value?.find(({ id }) => id === chosenId.value) ?? null)
  const series = computed(() => (chosen.value !== null && read.value?.id === chosen.value.id ? read.value.series : null))

  /** Reads the list, and the series of the chosen ones unless they are here. */
  async function refresh(): Promise<void> {
    await attempt(async () => {
      list.value = (await client.training.importedCurves()).curves
      await readChosen()
    })
  }

  async function choose(id: ImportedCurvesId | null): Promise<void> {
    chosenId.value = id
    message.value = ''
    await attempt(readChosen)
  }

  async function readChosen(): Promise<void> {
    const id = chosen.value?.id
    if (id === undefined || id === read.value?.id) return
    const answer = await client.training.importedSeries({ id })
    if (id === chosenId.value) read.value = { id, series: answer.series }
  }

  async function remove(): Promise<void> {
    const removed = chosen.value
    if (removed === null) return
    await attempt(async () => {
      await client.training.removeImportedCurves({ id: removed.id })
      list.value = list.value?.filter(({ id }) => id !== removed.id) ?? null
      message.value = `${removed.name} is in the trash; importing it again brings it back.`
    })
  }

  async function attempt(task: () => Promise<void>): Promise<void> {
    failure.value = null
    try {
      await task()
    } catch (error) {
      failure.value = describeFailure(error)
    }
  }

  return { list, chosenId, chosen, series, failure, message, refresh, choose, remove }
})
